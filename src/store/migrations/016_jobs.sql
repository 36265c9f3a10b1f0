-- Long work: who started it, how far it is, and whether somebody wants it to stop. `folder` is the temporary folder
-- that its process keeps locked: a job that says it runs while nobody holds that lock was killed.
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  actor TEXT NOT NULL,
  folder TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  step TEXT NOT NULL DEFAULT '',
  run INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  rows INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  bytes_expected INTEGER NOT NULL DEFAULT 0,
  stop_wanted_by TEXT NOT NULL DEFAULT '',
  error_id TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT ''
) STRICT;
