-- What was used and what was not, by the keys asked for; moves between customers count with their costs and with the
-- quantities that they take along.
SELECT id, reservation, {keys}, currency, part,
  sum(EffectiveCost) AS effective,
  sum(CASE WHEN x_AssignmentKind <> 'move' THEN ListCost END) AS list,
  sum(CASE WHEN x_AssignmentKind <> 'move' AND ListCost IS NOT NULL THEN EffectiveCost END) AS effective_of_list,
  count(*) FILTER (x_AssignmentKind <> 'move' AND ListCost IS NULL) AS without_list,
  sum(CASE
    WHEN x_AssignmentKind = 'direct' AND CommitmentDiscountQuantity IS NOT NULL THEN CommitmentDiscountQuantity
    ELSE PricingQuantity
  END) AS quantity,
  count(*) FILTER (x_AssignmentKind <> 'move') AS rows_used,
  count(*) - count(EffectiveCost) AS without_cost
FROM commitment_parts
WHERE part IN ('used', 'unused') AND ($1 = '' OR CustomerId = $1)
GROUP BY ALL
ORDER BY ALL
