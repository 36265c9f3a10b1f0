-- The charges in scope of which a cost is from a price sheet, and what it comes to.
WITH in_scope AS (
  SELECT a.BillingCurrency AS currency, {rows} AS x_Rows, a.{metric} AS cost, {is_filled} AS is_filled
  FROM {relation} a{customers}
  WHERE {condition}
)
SELECT currency, sum(x_Rows), sum(cost) AS cost
FROM in_scope
WHERE is_filled = 1
GROUP BY currency
ORDER BY currency
