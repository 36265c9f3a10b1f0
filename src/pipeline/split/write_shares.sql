COPY split_shares TO {path} (FORMAT parquet, COMPRESSION zstd)
