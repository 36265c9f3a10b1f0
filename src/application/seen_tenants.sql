-- Tenants that have charges. Rows are charges, or cells that stand for them.
SELECT lower(x_CustomerTenantId) AS tenant, max(x_CustomerTenantName) AS name
FROM {rows}
WHERE x_CustomerTenantId IS NOT NULL AND x_CustomerTenantId <> ''
GROUP BY 1
ORDER BY 1
