-- Answers to requests with an idempotency key, for a day. `folder` is the temporary folder that the process which
-- answers keeps locked: without a status, and with nobody holding that lock, nobody knows what came of the request.
CREATE TABLE kept_answer (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  actor TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  since INTEGER NOT NULL,
  folder TEXT NOT NULL,
  status INTEGER,
  etag TEXT NOT NULL DEFAULT '',
  headers TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '',
  UNIQUE (actor, key_hash)
) STRICT;

-- What jobs came to. Large ones and old ones are not kept: `bytes` says how large it was, also if it is gone.
CREATE TABLE job_result (
  job_id INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
  bytes INTEGER NOT NULL,
  document TEXT
) STRICT;
