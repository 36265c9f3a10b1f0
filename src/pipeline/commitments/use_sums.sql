-- What was used and what was not, by the keys asked for; moves between customers count with their costs and with the
-- quantities that they take along.
SELECT id, reservation, {keys}, currency, part,
  sum(EffectiveCost) AS effective,
  sum(CASE WHEN x_AssignmentKind <> 'move' THEN ListCost END) AS list,
  sum(CASE WHEN x_AssignmentKind <> 'move' AND ListCost IS NOT NULL THEN EffectiveCost END) AS effective_of_list,
  count(*) FILTER (WHERE x_AssignmentKind <> 'move' AND ListCost IS NULL) AS without_list,
  sum(CASE
    WHEN x_AssignmentKind = 'direct' AND CommitmentDiscountQuantity IS NOT NULL THEN CommitmentDiscountQuantity
    ELSE PricingQuantity
  END) AS quantity,
  count(*) FILTER (WHERE x_AssignmentKind <> 'move') AS rows_used,
  count(*) - count(EffectiveCost) AS without_cost
FROM commitment_parts
WHERE part IN ('used', 'unused') AND (? = '' OR CustomerId = ?)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
