-- The moves of policies, one a charge and customer, always in the same order.
SELECT *
FROM merged_moves
ORDER BY x_RowId, CustomerId
