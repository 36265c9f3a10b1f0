-- What the charges of a month sum to, to be compared with the vendor's files before they are published.
SELECT BillingCurrency, sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost
FROM charges
GROUP BY BillingCurrency
ORDER BY BillingCurrency
