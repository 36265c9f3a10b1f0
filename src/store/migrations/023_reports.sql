-- Texts that somebody set: the partner's brand, and where people reach the service.
CREATE TABLE home_text (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Folders that report subscriptions may write to. Only the command line names paths.
CREATE TABLE report_folder (
  name TEXT PRIMARY KEY,
  path TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Files or mails by schedule. Those of one customer are removed before the customer is.
CREATE TABLE report_subscription (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  customer_id TEXT REFERENCES customer (id),
  dataset TEXT NOT NULL CHECK (dataset IN ('focus', 'none')),
  format TEXT NOT NULL CHECK (format IN ('csv', 'csv.gz', 'parquet')),
  due TEXT NOT NULL CHECK (due IN ('on-complete', 'on-lock', 'monthly')),
  day INTEGER NOT NULL DEFAULT 0 CHECK ((due = 'monthly') = (day BETWEEN 1 AND 28)),
  first_month TEXT NOT NULL,
  folder TEXT REFERENCES report_folder (name),
  recipients TEXT NOT NULL DEFAULT '',
  again_on_change INTEGER NOT NULL DEFAULT 0,
  allow_unknown INTEGER NOT NULL DEFAULT 0,
  CHECK (folder IS NULL OR recipients = '')
) STRICT;
CREATE INDEX report_subscription_by_customer ON report_subscription (customer_id);
CREATE INDEX report_subscription_by_folder ON report_subscription (folder);

-- What was delivered, or is to be tried again: a row for each state of a customer's month.
CREATE TABLE report_delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription_id INTEGER NOT NULL REFERENCES report_subscription (id),
  customer_id TEXT NOT NULL REFERENCES customer (id),
  month TEXT NOT NULL,
  basis TEXT NOT NULL,
  content_hash TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('sending', 'sent', 'unchanged', 'failed', 'unclear')),
  attempts INTEGER NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  begun_at TEXT NOT NULL,
  ended_at TEXT NOT NULL DEFAULT '',
  next_try INTEGER NOT NULL DEFAULT 0,
  error_id TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  UNIQUE (subscription_id, customer_id, month, basis)
) STRICT;
CREATE INDEX report_delivery_by_customer ON report_delivery (customer_id);

-- Saved questions to the costs. Those of a customer's people are seen within the customer only.
CREATE TABLE saved_view (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  customer_id TEXT REFERENCES customer (id),
  name TEXT NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0,
  query TEXT NOT NULL,
  position INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_view_by_customer ON saved_view (customer_id);
