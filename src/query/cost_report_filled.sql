-- The charges in scope of which a cost is from a price sheet, and what it comes to.
WITH in_scope AS (
  SELECT a.BillingCurrency AS currency, a.x_RowId AS charge, a.{metric} AS cost
  FROM assigned_charges a{customers}
  WHERE {condition}
)
SELECT currency, count(DISTINCT charge) AS rows, sum(cost) AS cost
FROM in_scope
WHERE charge IN (SELECT x_RowId FROM filled_prices WHERE {metric} IS NOT NULL)
GROUP BY currency
ORDER BY currency
