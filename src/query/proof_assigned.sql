-- What customers got, and what nobody got.
SELECT BillingCurrency, ChargeCategory, CustomerId = 'unassigned', sum(BilledCost), sum(EffectiveCost)
FROM assigned_charges
GROUP BY BillingCurrency, ChargeCategory, CustomerId = 'unassigned'
