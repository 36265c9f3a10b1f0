-- Tenants of the charges that no rule assigns.
SELECT c.x_CustomerTenantId AS tenant, max(c.x_CustomerTenantName) AS name, c.BillingCurrency, count(*) AS charges,
       sum(c.BilledCost) AS billed, sum(c.EffectiveCost) AS effective,
       sum(c.ListCost) AS list, sum(c.ContractedCost) AS contracted
FROM split_classified c JOIN split_direct o ON o.Currency = c.BillingCurrency{same_classes}
WHERE o.CustomerId = ?
GROUP BY c.x_CustomerTenantId, c.BillingCurrency
