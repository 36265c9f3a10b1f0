-- The same, written by the engine.
COPY ({rows}) TO {path} (FORMAT parquet, COMPRESSION zstd)
