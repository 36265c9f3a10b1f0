-- What each customer gets whole, by rule and tenant, with the charges of which the effective cost is not known.
SELECT o.CustomerId, c.BillingCurrency, o.x_RuleNumber, lower(coalesce(c.x_CustomerTenantId, '')) AS tenant,
       coalesce(max(c.x_CustomerTenantName), '') AS tenant_name, count(*) AS charges,
       sum(c.BilledCost) AS billed, sum(c.EffectiveCost) AS effective,
       sum(c.ListCost) AS list, sum(c.ContractedCost) AS contracted,
       count(*) - count(c.EffectiveCost) AS unknown_effective
FROM split_classified c JOIN split_direct o ON o.Currency = c.BillingCurrency{same_classes}
GROUP BY o.CustomerId, c.BillingCurrency, o.x_RuleNumber, lower(coalesce(c.x_CustomerTenantId, ''))
