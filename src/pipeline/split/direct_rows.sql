-- One row a charge that goes to one customer as a whole.
COPY (
  SELECT c.x_RowId, o.CustomerId, o.x_RuleNumber
  FROM split_classified c JOIN split_direct o ON o.Currency = c.BillingCurrency{same_classes}
) TO {path} (FORMAT parquet, COMPRESSION zstd)
