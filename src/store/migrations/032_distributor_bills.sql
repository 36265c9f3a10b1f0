-- What the columns of the bills of a connection's distributor mean, as one line of JSON.
CREATE TABLE distributor_columns (
  connection_id INTEGER NOT NULL PRIMARY KEY REFERENCES connection (id) ON DELETE CASCADE,
  columns TEXT NOT NULL CHECK (columns <> '')
) STRICT;
