-- What a cube comes to, by customer and currency.
SELECT {customer} AS CustomerId, BillingCurrency, sum(x_Rows), sum(BilledCost), sum(EffectiveCost)
FROM {cells} cells
GROUP BY {customer}, BillingCurrency
ORDER BY 1, 2
