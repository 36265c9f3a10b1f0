-- What the amortized file spreads over each day, per commitment.
SELECT id, reservation, x_BillMonth, currency, pricing_currency, part,
  min(day) AS first_day, max(day) AS last_day, sum(EffectiveCost) AS effective, sum(pricing_cost) AS pricing,
  count(*) - count(pricing_cost) AS unknown, count(*) - count(EffectiveCost) AS without_cost
FROM commitment_charges
WHERE part IN ('used', 'unused')
GROUP BY id, reservation, x_BillMonth, currency, pricing_currency, part
ORDER BY 1, 2, 3, 4, 5, 6
