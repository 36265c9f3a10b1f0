-- Datasets that tell of commitments, and policies that move their costs between customers.

-- SQLite changes no CHECK of a table that is there: it is written anew.
CREATE TABLE import_file_new (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL UNIQUE,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  role TEXT NOT NULL CHECK (role IN ('charges', 'mirror', 'commitments')),
  PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO import_file_new SELECT import_id, position, path, rows, bytes, role FROM import_file;
DROP TABLE import_file;
ALTER TABLE import_file_new RENAME TO import_file;

CREATE TABLE split_file_new (
  split_id INTEGER NOT NULL REFERENCES split (id),
  kind TEXT NOT NULL CHECK (kind IN ('direct', 'share', 'move')),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (split_id, kind, position),
  UNIQUE (split_id, path)
) STRICT, WITHOUT ROWID;
INSERT INTO split_file_new SELECT split_id, kind, position, path, rows, bytes FROM split_file;
DROP TABLE split_file;
ALTER TABLE split_file_new RENAME TO split_file;

-- One version of the policy file. The newest is in force.
CREATE TABLE commitment_policy (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  yaml TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT;

ALTER TABLE split ADD COLUMN commitment_policy_id INTEGER REFERENCES commitment_policy (id);
