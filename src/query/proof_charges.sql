-- The charges, added up anew.
SELECT BillingCurrency, ChargeCategory, sum(BilledCost), sum(EffectiveCost)
FROM charges
GROUP BY BillingCurrency, ChargeCategory
