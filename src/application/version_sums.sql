-- How far two versions are apart, by currency: worked out without their lines.
SELECT BillingCurrency, sum(BilledCost)
FROM (
  SELECT BillingCurrency, BilledCost FROM lines_after
  UNION ALL
  SELECT BillingCurrency, -BilledCost AS BilledCost FROM lines_before
) both_versions
GROUP BY BillingCurrency
HAVING sum(BilledCost) <> 0
ORDER BY BillingCurrency
