-- What each customer has by rule and tenant, and of which month it was carried, with the rows of which the effective
-- cost is not known.
SELECT CustomerId, BillingCurrency, x_RuleNumber, lower(coalesce(x_CustomerTenantId, '')) AS tenant,
       max(x_CustomerTenantName) AS tenant_name, sum({rows}), sum(BilledCost), sum({effective_cost}),
       sum(CASE WHEN {effective_cost} IS NULL THEN {rows} ELSE 0 END) AS unknown_effective,
       {carried_from} AS carried_from
FROM {relation}
GROUP BY CustomerId, BillingCurrency, x_RuleNumber, lower(coalesce(x_CustomerTenantId, '')), {carried_from}
