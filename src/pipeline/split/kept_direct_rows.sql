-- After a preview: who gets those charges whole that are wanted.
SELECT c.x_RowId, o.CustomerId, o.x_RuleNumber
FROM ({classified}) c JOIN split_direct o ON o.Currency = c.BillingCurrency{same_classes}
WHERE c.x_RowId IN (SELECT x_RowId FROM {charges})
