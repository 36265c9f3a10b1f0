-- Moves of cost, merged to one a charge and customer; a charge's moves are all of one policy. What adds up to nothing
-- moves nothing.
SELECT x_RowId, CustomerId, min(x_RuleNumber) AS x_RuleNumber,
  sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost, sum(ListCost) AS ListCost,
  sum(ContractedCost) AS ContractedCost, sum(PricingQuantity) AS PricingQuantity,
  sum(ConsumedQuantity) AS ConsumedQuantity
FROM {moves} unmerged
GROUP BY x_RowId, CustomerId
HAVING sum(BilledCost) <> 0 OR sum(EffectiveCost) <> 0 OR sum(ListCost) <> 0 OR sum(ContractedCost) <> 0
  OR sum(PricingQuantity) <> 0 OR sum(ConsumedQuantity) <> 0
