-- A cube by tags. SQLite changes no CHECK of a table that is there: it is written anew.
CREATE TABLE split_file_new (
  split_id INTEGER NOT NULL REFERENCES split (id),
  kind TEXT NOT NULL CHECK (kind IN ('direct', 'share', 'move', 'month-cube', 'day-cube', 'tag-cube', 'day-total')),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  content_hash TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (split_id, kind, position),
  UNIQUE (split_id, path)
) STRICT, WITHOUT ROWID;
INSERT INTO split_file_new SELECT split_id, kind, position, path, rows, bytes, content_hash, version FROM split_file;
DROP TABLE split_file;
ALTER TABLE split_file_new RENAME TO split_file;
