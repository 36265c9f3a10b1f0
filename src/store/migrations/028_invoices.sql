-- Imports of invoice lines. SQLite changes no CHECK of a table that is there: it is written anew.
CREATE TABLE import_file_new (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL UNIQUE,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  role TEXT NOT NULL CHECK (role IN ('charges', 'mirror', 'commitments', 'prices', 'invoice-lines')),
  content_hash TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO import_file_new SELECT import_id, position, path, rows, bytes, role, content_hash, version FROM import_file;
DROP TABLE import_file;
ALTER TABLE import_file_new RENAME TO import_file;

-- Totals of invoices before tax, entered by a person.
CREATE TABLE entered_invoice (
  number TEXT NOT NULL PRIMARY KEY CHECK (number <> ''),
  month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
  currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  total TEXT NOT NULL CHECK (total <> '' AND total NOT GLOB '*[^-0-9.]*')
) STRICT, WITHOUT ROWID;
