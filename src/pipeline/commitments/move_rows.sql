-- The moves of policies, always in the same order.
SELECT *
FROM policy_moves
ORDER BY x_RowId, CustomerId, x_RuleNumber, BilledCost, EffectiveCost, ListCost, ContractedCost, PricingQuantity,
  ConsumedQuantity
