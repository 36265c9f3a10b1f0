-- Tenants that have charges in the opened months.
SELECT lower(x_CustomerTenantId) AS tenant, max(x_CustomerTenantName) AS name
FROM charges
WHERE x_CustomerTenantId IS NOT NULL AND x_CustomerTenantId <> ''
GROUP BY 1
ORDER BY 1
