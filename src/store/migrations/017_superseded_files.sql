-- Files of the lake that nothing needs any more, and since when. Those that are removed stay here, so that who asks for
-- them learns when and why.
CREATE TABLE superseded_file (
  path TEXT NOT NULL PRIMARY KEY,
  since TEXT NOT NULL,
  removed_at TEXT,
  kept_days INTEGER CHECK (kept_days >= 1),
  CHECK ((removed_at IS NULL) = (kept_days IS NULL))
) STRICT, WITHOUT ROWID;
