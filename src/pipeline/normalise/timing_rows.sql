-- Rows that only one of the two files has. `mirror` holds the rows of the actual file that the amortized file must
-- repeat; `amortized` holds the charges made from the amortized file. Rows are matched one to one: equal rows are
-- different charges. A row that only the actual file has becomes a charge; one that only the amortized file has gets a
-- counter-row. Both are about the bill alone: they carry billed cost, with its cost in the currencies beside it, and
-- nothing of what the amortized file tells for every row that it has: list and contracted cost and quantities.
WITH actual_rows AS (
  SELECT *, row_number() OVER (
    PARTITION BY ChargePeriodStart, lower(x_CustomerTenantId), x_SubscriptionId, lower(ResourceId), lower(x_SkuMeterId),
      lower(SkuId), lower(x_ChargeType), PricingQuantity, BilledCost, BillingCurrency
    ORDER BY x_RowId) AS copy_number
  FROM mirror WHERE BilledCost <> 0
),
amortized_rows AS (
  SELECT *, row_number() OVER (
    PARTITION BY ChargePeriodStart, lower(x_CustomerTenantId), x_SubscriptionId, lower(ResourceId), lower(x_SkuMeterId),
      lower(SkuId), lower(x_ChargeType), PricingQuantity, BilledCost, BillingCurrency
    ORDER BY x_RowId) AS copy_number
  FROM amortized WHERE BilledCost <> 0
),
only_actual AS (
  SELECT a.* EXCLUDE (copy_number) FROM actual_rows a
  WHERE NOT EXISTS (
    SELECT 1 FROM amortized_rows b
    WHERE a.BilledCost = b.BilledCost AND a.BillingCurrency = b.BillingCurrency
      AND a.ChargePeriodStart = b.ChargePeriodStart
      AND a.copy_number = b.copy_number
      AND lower(a.x_CustomerTenantId) IS NOT DISTINCT FROM lower(b.x_CustomerTenantId)
      AND a.x_SubscriptionId IS NOT DISTINCT FROM b.x_SubscriptionId
      AND lower(a.ResourceId) IS NOT DISTINCT FROM lower(b.ResourceId)
      AND lower(a.x_SkuMeterId) IS NOT DISTINCT FROM lower(b.x_SkuMeterId)
      AND lower(a.SkuId) IS NOT DISTINCT FROM lower(b.SkuId)
      AND lower(a.x_ChargeType) IS NOT DISTINCT FROM lower(b.x_ChargeType)
      AND a.PricingQuantity IS NOT DISTINCT FROM b.PricingQuantity)
),
only_amortized AS (
  SELECT b.* EXCLUDE (copy_number) FROM amortized_rows b
  WHERE NOT EXISTS (
    SELECT 1 FROM actual_rows a
    WHERE a.BilledCost = b.BilledCost AND a.BillingCurrency = b.BillingCurrency
      AND a.ChargePeriodStart = b.ChargePeriodStart
      AND a.copy_number = b.copy_number
      AND lower(a.x_CustomerTenantId) IS NOT DISTINCT FROM lower(b.x_CustomerTenantId)
      AND a.x_SubscriptionId IS NOT DISTINCT FROM b.x_SubscriptionId
      AND lower(a.ResourceId) IS NOT DISTINCT FROM lower(b.ResourceId)
      AND lower(a.x_SkuMeterId) IS NOT DISTINCT FROM lower(b.x_SkuMeterId)
      AND lower(a.SkuId) IS NOT DISTINCT FROM lower(b.SkuId)
      AND lower(a.x_ChargeType) IS NOT DISTINCT FROM lower(b.x_ChargeType)
      AND a.PricingQuantity IS NOT DISTINCT FROM b.PricingQuantity)
)
SELECT * REPLACE (
    CAST(0 AS DECIMAL(38,18)) AS EffectiveCost,
    CAST(0 AS DECIMAL(38,18)) AS ListCost,
    CAST(0 AS DECIMAL(38,18)) AS ContractedCost,
    CAST(NULL AS DECIMAL(38,18)) AS PricingQuantity,
    CAST(NULL AS DECIMAL(38,18)) AS ConsumedQuantity,
    CAST(NULL AS DECIMAL(38,18)) AS CommitmentDiscountQuantity,
    CAST(0 AS DECIMAL(38,18)) AS x_ListCostInUsd,
    'timing row: the actual run has this row, the amortized run does not' AS x_SourceChanges)
FROM only_actual
UNION ALL
SELECT * REPLACE (
    CAST($1 AS BIGINT) + row_number() OVER (ORDER BY x_RowId) AS x_RowId,
    -BilledCost AS BilledCost,
    CAST(0 AS DECIMAL(38,18)) AS EffectiveCost,
    CAST(0 AS DECIMAL(38,18)) AS ListCost,
    CAST(0 AS DECIMAL(38,18)) AS ContractedCost,
    CAST(NULL AS DECIMAL(38,18)) AS PricingQuantity,
    CAST(NULL AS DECIMAL(38,18)) AS ConsumedQuantity,
    CAST(NULL AS DECIMAL(38,18)) AS CommitmentDiscountQuantity,
    -x_CostInPricingCurrency AS x_CostInPricingCurrency,
    -x_CostInUsd AS x_CostInUsd,
    CAST(0 AS DECIMAL(38,18)) AS x_ListCostInUsd,
    'timing row: the amortized run has this row, the actual run does not' AS x_SourceChanges)
FROM only_amortized
