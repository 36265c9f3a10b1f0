-- What was used of each commitment in whole charges, before policies moved cost.
SELECT id, reservation, {keys}, currency, sum(EffectiveCost) AS effective, sum(pricing_cost) AS pricing,
  sum(coalesce(CommitmentDiscountQuantity, PricingQuantity)) AS quantity
FROM commitment_parts
WHERE part = 'used' AND x_AssignmentKind = 'direct'
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 1, 2, 3, 4, 5, 6, 7
