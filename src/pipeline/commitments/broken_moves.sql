-- Charges whose moves do not sum to zero.
SELECT count(*) FROM (
  SELECT x_RowId FROM {relation} GROUP BY x_RowId
  HAVING sum(BilledCost) <> 0 OR sum(EffectiveCost) <> 0 OR sum(ListCost) <> 0 OR sum(ContractedCost) <> 0
    OR sum(PricingQuantity) <> 0 OR sum(ConsumedQuantity) <> 0
)
