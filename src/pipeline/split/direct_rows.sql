-- One row a charge that goes to one customer as a whole. In the order of their ids, so that the same charges give the
-- same file whatever threads there are.
SELECT c.x_RowId, o.CustomerId, o.x_RuleNumber
FROM ({classified}) c JOIN split_direct o ON o.Currency = c.BillingCurrency{same_classes}
ORDER BY c.x_RowId
