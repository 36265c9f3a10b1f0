-- What a cube comes to, for customers and for nobody.
SELECT BillingCurrency, ChargeCategory, {is_unassigned}, sum(BilledCost), sum(EffectiveCost), sum(ListCost),
  sum(ContractedCost)
FROM {cells} cells
GROUP BY 1, 2, 3
