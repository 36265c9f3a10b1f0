-- What a run covers is remembered, and which other connections hold the same costs.

-- As the manifest says it, in lower case; empty where nothing told it, and for imports of before.
ALTER TABLE import ADD COLUMN scope TEXT NOT NULL DEFAULT '';
-- Lines: what was taken in on doubtful grounds and is told wherever its charges are proved.
ALTER TABLE import ADD COLUMN marks TEXT NOT NULL DEFAULT '';
ALTER TABLE connection ADD COLUMN allow_overlap INTEGER NOT NULL DEFAULT 0 CHECK (allow_overlap IN (0, 1));

CREATE TABLE import_overlap (
  import_id INTEGER NOT NULL REFERENCES import (id),
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  why TEXT NOT NULL,
  PRIMARY KEY (import_id, connection_id)
) STRICT, WITHOUT ROWID;

-- `NewDataNotAvailable` was taken for a month without data, which it does not say.
UPDATE backfill_step SET state = 'nothing-new' WHERE state = 'no-data' AND message LIKE 'nothing new since%';
