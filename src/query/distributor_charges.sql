-- The billed costs of charges of a month by what a distributor's bill tells of them, and for whom they were split.
-- Names in braces are columns, or nulls in their place.
SELECT x_BillSource, BillingCurrency, {place}, {product}, CustomerId, x_SubscriptionId, min(SubAccountName), count(*),
  sum(BilledCost), min(x_RowId)
FROM assigned_charges
WHERE x_BillMonth = ?
GROUP BY x_BillSource, BillingCurrency, {place}, {product}, CustomerId, x_SubscriptionId
