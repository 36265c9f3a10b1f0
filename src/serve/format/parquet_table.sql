-- A table of a report as a file, its rows in their order.
COPY (SELECT {columns} FROM {table} ORDER BY position) TO {path} (FORMAT parquet, COMPRESSION zstd)
