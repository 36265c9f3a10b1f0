-- Files that tell which charges of an amortized import stand in for rows of an actual one, and the files of those
-- charges: they belong to both imports. SQLite changes no CHECK of a table that is there: it is written anew.
CREATE TABLE import_file_new (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  role TEXT NOT NULL CHECK (role IN
    ('charges', 'mirror', 'stand-ins', 'stand-in-charges', 'commitments', 'prices', 'invoice-lines')),
  content_hash TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (import_id, position),
  UNIQUE (import_id, path)
) STRICT, WITHOUT ROWID;
INSERT INTO import_file_new SELECT import_id, position, path, rows, bytes, role, content_hash, version FROM import_file;
DROP TABLE import_file;
ALTER TABLE import_file_new RENAME TO import_file;

-- A file has one import that wrote it.
CREATE UNIQUE INDEX import_file_by_path ON import_file (path) WHERE role <> 'stand-in-charges';
