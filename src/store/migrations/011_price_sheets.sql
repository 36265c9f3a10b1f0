-- Price sheets, and what they fill in.

-- SQLite changes no CHECK of a table that is there: it is written anew.
CREATE TABLE import_file_new (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL UNIQUE,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  role TEXT NOT NULL CHECK (role IN ('charges', 'mirror', 'commitments', 'prices')),
  content_hash TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO import_file_new SELECT import_id, position, path, rows, bytes, role, content_hash FROM import_file;
DROP TABLE import_file;
ALTER TABLE import_file_new RENAME TO import_file;

-- The price sheets that were in force when the charges were put together: another one makes them anew.
CREATE TABLE charge_set_price_sheet (
  charge_set_id INTEGER NOT NULL REFERENCES charge_set (id),
  import_id INTEGER NOT NULL REFERENCES import (id),
  PRIMARY KEY (charge_set_id, import_id)
) STRICT, WITHOUT ROWID;

-- Rows of charges with the prices and costs that their files leave open.
CREATE TABLE charge_set_filled_file (
  charge_set_id INTEGER NOT NULL REFERENCES charge_set (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  content_hash TEXT NOT NULL,
  PRIMARY KEY (charge_set_id, position),
  UNIQUE (charge_set_id, path)
) STRICT, WITHOUT ROWID;
