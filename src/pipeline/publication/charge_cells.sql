-- The cells of a cube as if each were a charge. Shares of a charge add up to it and moves to nothing, so the
-- cells come to what the charges do, whoever has them.
SELECT {columns}, BilledCost, EffectiveCost, ListCost, ContractedCost, CAST(0 AS BIGINT) AS x_RowId,
  CAST(NULL AS DECIMAL(38,18)) AS PricingQuantity, CAST(NULL AS DECIMAL(38,18)) AS ConsumedQuantity
FROM {cells} cells
