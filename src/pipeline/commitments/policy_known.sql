-- The commitments of a month with what policies choose by: names, and to whom what was paid and what is unused was
-- assigned.
SELECT id, reservation, product_order, kind, part, name, CustomerId, currency,
  sum(EffectiveCost) AS effective
FROM commitment_parts
WHERE x_AssignmentKind <> 'move' AND part IN ('used', 'unused', 'cash') AND NOT (part = 'cash' AND is_refund)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
