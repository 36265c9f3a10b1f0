-- One row a charge that goes to one customer as a whole. In the order of their ids, so that the same charges give the
-- same file whatever threads there are. Steps between ordered ids and numbers of few customers are small as they are:
-- compression would save little, and cost each reader time.
COPY (
  SELECT c.x_RowId, o.CustomerId, o.x_RuleNumber
  FROM split_classified c JOIN split_direct o ON o.Currency = c.BillingCurrency{same_classes}
  ORDER BY c.x_RowId
) TO {path} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION uncompressed)
