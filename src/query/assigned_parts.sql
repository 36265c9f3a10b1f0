-- What each customer has by rule and tenant, and of which month it was carried, with the rows of which the effective
-- cost is not known.
SELECT CustomerId, BillingCurrency, x_RuleNumber, lower(coalesce(x_CustomerTenantId, '')) AS tenant,
       max(x_CustomerTenantName) AS tenant_name, count(*), sum(BilledCost), sum(EffectiveCost),
       count(*) - count(EffectiveCost) AS unknown_effective,
       coalesce(x_CarriedFrom, '') AS carried_from
FROM assigned_charges
GROUP BY CustomerId, BillingCurrency, x_RuleNumber, lower(coalesce(x_CustomerTenantId, '')),
         coalesce(x_CarriedFrom, '')
