-- What assignments, or the cells of a cube, come to by customer and currency.
SELECT {customer} AS CustomerId, BillingCurrency, {rows}, sum(BilledCost), sum(EffectiveCost)
FROM {relation}
GROUP BY {customer}, BillingCurrency
ORDER BY 1, 2
