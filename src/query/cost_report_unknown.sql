-- What the charges cost of which one cost is not known.
WITH in_scope AS (
  SELECT a.BillingCurrency AS currency, {metrics}
  FROM {relation} a{customers}
  WHERE {condition}
)
SELECT currency, {sums}
FROM in_scope
WHERE {metric} IS NULL
GROUP BY currency
ORDER BY currency
