-- What moves bring and take, by customer and currency.
SELECT m.CustomerId, c.BillingCurrency, count(*) AS moves, sum(m.BilledCost) AS billed,
  sum(m.EffectiveCost) AS effective
FROM {relation} m JOIN charges c ON c.x_RowId = m.x_RowId
GROUP BY m.CustomerId, c.BillingCurrency
ORDER BY m.CustomerId, c.BillingCurrency
