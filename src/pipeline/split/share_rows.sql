-- The shares of a batch, always in the same order.
SELECT * FROM split_shares ORDER BY x_RowId, CustomerId, x_RuleNumber
