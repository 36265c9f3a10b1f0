-- Whom lines bill, with their subscriptions, and what one line says beside.
SELECT CustomerId, EntitlementId, min(x_OtherColumns)
FROM {lines} kept_lines
GROUP BY CustomerId, EntitlementId
