-- The charges by all that rules can tell apart and by tenant, with what shares in proportion and the proof need.
-- Tenants are grouped as they are written: letters are made small for each group, not for each charge.
SELECT BillingCurrency, ChargeCategory, count(*) AS charges, sum(x_RowId % 2147483647) AS row_checksum,
       sum(BilledCost) AS billed, sum(EffectiveCost) AS effective,
       sum(ListCost) AS list, sum(ContractedCost) AS contracted,
       sum(CASE WHEN {quantity_wanted} THEN ConsumedQuantity END) AS quantity,
       count(*) - count(EffectiveCost) AS unknown_effective,
       lower(coalesce(x_CustomerTenantId, '')) AS tenant, coalesce(x_CustomerTenantName, '') AS tenant_name{classes}
FROM ({classified}) classified
GROUP BY BillingCurrency, ChargeCategory, x_CustomerTenantId, x_CustomerTenantName{classes}
