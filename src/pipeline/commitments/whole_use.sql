-- What was used of each commitment as a whole, whoever used it and in whatever currency that is billed.
SELECT id, reservation, {keys}, currency, part, pricing_currency,
  sum(EffectiveCost) AS effective, sum(pricing_cost) AS pricing, count(*) - count(pricing_cost) AS unknown,
  sum(coalesce(CommitmentDiscountQuantity, PricingQuantity)) AS quantity,
  count(*) - count(EffectiveCost) AS without_cost
FROM commitment_charges
WHERE part IN ('used', 'unused')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
