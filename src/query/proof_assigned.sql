-- What customers got, and what nobody got, of the charges with ids from {first} to {last}.
SELECT BillingCurrency, ChargeCategory, CustomerId = 'unassigned', sum(BilledCost), sum(EffectiveCost),
  sum(ListCost), sum(ContractedCost), sum(ConsumedQuantity), sum(PricingQuantity)
FROM assigned_charges
WHERE x_RowId BETWEEN {first} AND {last}
GROUP BY BillingCurrency, ChargeCategory, CustomerId = 'unassigned'
