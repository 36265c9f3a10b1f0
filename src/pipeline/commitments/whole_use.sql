-- What was used of each commitment as a whole, whoever used it and in whatever currency that is billed.
SELECT id, reservation, {keys}, currency, part, pricing_currency,
  sum(EffectiveCost) AS effective, sum(pricing_cost) AS pricing, count(*) - count(pricing_cost) AS unknown,
  sum(coalesce(CommitmentDiscountQuantity, PricingQuantity)) AS quantity,
  count(*) - count(EffectiveCost) AS without_cost
FROM commitment_charges
WHERE part IN ('used', 'unused')
GROUP BY ALL
ORDER BY ALL
