COPY (
  SELECT * FROM policy_moves ORDER BY x_RowId, CustomerId, x_RuleNumber
) TO {path} (FORMAT parquet, COMPRESSION zstd)
