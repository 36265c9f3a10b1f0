-- Charges, added up anew, with how many there are and how many of them have each metric that may be unknown. A sum
-- without values is null.
SELECT BillingCurrency, ChargeCategory, sum(BilledCost), sum(EffectiveCost), count(*),
  sum(ListCost), count(ListCost), sum(ContractedCost), count(ContractedCost),
  sum(ConsumedQuantity), count(ConsumedQuantity), sum(PricingQuantity), count(PricingQuantity)
FROM {charges}
GROUP BY BillingCurrency, ChargeCategory
