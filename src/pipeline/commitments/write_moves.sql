COPY (
  SELECT * FROM policy_moves ORDER BY x_RowId, CustomerId, x_RuleNumber, BilledCost, EffectiveCost, ListCost,
    ContractedCost, PricingQuantity, ConsumedQuantity
) TO {path} (FORMAT parquet, COMPRESSION zstd)
