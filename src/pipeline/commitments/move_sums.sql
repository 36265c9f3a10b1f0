-- What moves bring and take, by customer, currency, policy and tenant.
SELECT m.CustomerId, c.BillingCurrency, m.x_RuleNumber, lower(coalesce(c.x_CustomerTenantId, '')) AS tenant,
  coalesce(max(c.x_CustomerTenantName), '') AS tenant_name, count(*) AS moves, sum(m.BilledCost) AS billed,
  sum(m.EffectiveCost) AS effective
FROM {relation} m JOIN charges c ON c.x_RowId = m.x_RowId
GROUP BY m.CustomerId, c.BillingCurrency, m.x_RuleNumber, lower(coalesce(c.x_CustomerTenantId, ''))
ORDER BY m.CustomerId, c.BillingCurrency, m.x_RuleNumber, tenant
