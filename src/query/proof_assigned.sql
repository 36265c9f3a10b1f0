-- What customers got, and what nobody got.
SELECT BillingCurrency, ChargeCategory, CustomerId = 'unassigned', sum(BilledCost), sum(EffectiveCost),
  sum(ListCost), sum(ContractedCost), sum(ConsumedQuantity), sum(PricingQuantity)
FROM assigned_charges
GROUP BY BillingCurrency, ChargeCategory, CustomerId = 'unassigned'
