COPY (
  SELECT * FROM split_shares ORDER BY x_RowId, CustomerId, x_RuleNumber
) TO {path} (FORMAT parquet, COMPRESSION zstd)
