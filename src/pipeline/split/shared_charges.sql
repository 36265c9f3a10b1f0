-- The charges to be shared, numbered by their ids so that they can be read in batches, always the same ones.
-- `is_kept`: their shares are wanted after a preview.
SELECT row_number() OVER (ORDER BY c.x_RowId) AS position, o.outcome, c.x_RowId, c.BillingCurrency, c.ChargeCategory,
       c.BilledCost, c.EffectiveCost, c.ListCost, c.ContractedCost, c.PricingQuantity, c.ConsumedQuantity,
       lower(coalesce(c.x_CustomerTenantId, '')) AS tenant, coalesce(c.x_CustomerTenantName, '') AS tenant_name,
       CAST({is_kept} AS BIGINT) AS is_kept
FROM ({classified}) c JOIN split_shared o ON o.Currency = c.BillingCurrency{same_classes}
