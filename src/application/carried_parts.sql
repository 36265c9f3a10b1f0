-- Rows that are about to be carried, by customer, currency and tenant, with those of which the effective cost is not
-- known.
SELECT CustomerId, BillingCurrency, lower(coalesce(x_CustomerTenantId, '')) AS tenant,
       max(x_CustomerTenantName) AS tenant_name, count(*), sum(BilledCost), sum(EffectiveCost),
       count(*) - count(EffectiveCost) AS unknown_effective
FROM ({rows}) carried_rows
GROUP BY CustomerId, BillingCurrency, lower(coalesce(x_CustomerTenantId, ''))
