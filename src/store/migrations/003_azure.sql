-- How connections reach Azure, what was fetched when, and who is told of trouble. Secrets are sealed: see secret_box.h.
CREATE TABLE azure_settings (
  connection_id INTEGER NOT NULL PRIMARY KEY REFERENCES connection (id) ON DELETE CASCADE,
  cloud TEXT NOT NULL,
  login TEXT NOT NULL,
  arm TEXT NOT NULL,
  storage_suffix TEXT NOT NULL,
  scope TEXT NOT NULL,
  credential TEXT NOT NULL,
  tenant TEXT NOT NULL,
  client_id TEXT NOT NULL,
  certificate_file TEXT NOT NULL,
  token_file TEXT NOT NULL,
  sign_with_rs256 INTEGER NOT NULL CHECK (sign_with_rs256 IN (0, 1)),
  storage_tenant TEXT NOT NULL,
  api_version TEXT NOT NULL,
  use_reports INTEGER NOT NULL CHECK (use_reports IN (0, 1)),
  exports_wanted TEXT NOT NULL
) STRICT;

-- `expires_on`: the day on which it stops working, ISO, empty when nobody knows.
CREATE TABLE sealed_secret (
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL CHECK (sealed <> ''),
  expires_on TEXT NOT NULL,
  PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_attempt (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('taken', 'nothing_new', 'problems', 'failed')),
  runs INTEGER NOT NULL CHECK (runs >= 0),
  rows INTEGER NOT NULL CHECK (rows >= 0),
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX sync_attempt_by_connection ON sync_attempt (connection_id, id);

CREATE TABLE backfill_step (
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  export_id TEXT NOT NULL,
  month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
  state TEXT NOT NULL,
  run_id TEXT NOT NULL,
  submitted_at TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (connection_id, export_id, month)
) STRICT, WITHOUT ROWID;

-- Where alerts go. `settings` is JSON; what is secret of a channel lies sealed under the owner `alert:NAME`.
CREATE TABLE alert_channel (
  name TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('webhook', 'mail')),
  settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An alert is open until what it tells of is over. `key` tells one from another: kind, connection and what else.
CREATE TABLE alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  connection TEXT NOT NULL,
  text TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_at TEXT
) STRICT;
CREATE UNIQUE INDEX alert_open ON alert (key) WHERE closed_at IS NULL;

CREATE TABLE alert_delivery (
  alert_id INTEGER NOT NULL REFERENCES alert (id),
  event TEXT NOT NULL CHECK (event IN ('opened', 'closed')),
  channel TEXT NOT NULL,
  at TEXT NOT NULL,
  failure TEXT NOT NULL,
  PRIMARY KEY (alert_id, event, channel)
) STRICT, WITHOUT ROWID;

-- What Azure's APIs say of commitments, as of the last time they were asked. A connection's are replaced as a whole.
CREATE TABLE commitment_fact (
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  commitment_id TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  as_of TEXT NOT NULL,
  PRIMARY KEY (connection_id, commitment_id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE commitment_summary (
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  commitment_id TEXT NOT NULL,
  day TEXT NOT NULL,
  average TEXT NOT NULL,
  least TEXT NOT NULL,
  most TEXT NOT NULL,
  PRIMARY KEY (connection_id, commitment_id, day)
) STRICT, WITHOUT ROWID;
