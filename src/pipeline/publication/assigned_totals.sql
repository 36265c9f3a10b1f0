-- What assignments come to, by customer and currency.
SELECT CustomerId, BillingCurrency, count(*), sum(BilledCost), sum(EffectiveCost)
FROM assigned_charges
GROUP BY CustomerId, BillingCurrency
ORDER BY 1, 2
