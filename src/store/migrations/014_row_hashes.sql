-- The hash of every row, so that damage is seen. The triggers that keep it are made from the schema after each
-- migration: see row_hashes_internal.h.
CREATE TABLE row_hash (
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  hash INTEGER NOT NULL,
  PRIMARY KEY (table_name, row_key)
) STRICT, WITHOUT ROWID;
