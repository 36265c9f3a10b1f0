-- The catalog. Amounts are exact decimal text; days, months and times are ISO text in UTC; paths are relative to the
-- lake.
PRAGMA application_id = 1097887855;

-- The last id given out of each kind. Ids name files and rows for ever, so none is given twice, also not after a crash.
CREATE TABLE counter (
  name TEXT NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;
INSERT INTO counter (name, last) VALUES ('import', 0), ('charge_set', 0), ('split', 0);

CREATE TABLE connection (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  mend INTEGER NOT NULL CHECK (mend IN (0, 1)),
  allow_retail_prices INTEGER NOT NULL CHECK (allow_retail_prices IN (0, 1))
) STRICT;

CREATE TABLE connection_location (
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  url TEXT NOT NULL CHECK (url <> ''),
  PRIMARY KEY (connection_id, dataset)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
  id TEXT NOT NULL PRIMARY KEY CHECK (lower(id) <> 'unassigned'),
  name TEXT NOT NULL,
  external_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The key is the tenant alone: it belongs to one customer at most.
CREATE TABLE customer_tenant (
  tenant_id TEXT NOT NULL PRIMARY KEY CHECK (tenant_id <> '' AND tenant_id = lower(tenant_id)),
  customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_tenant_by_customer ON customer_tenant (customer_id, position);

CREATE TABLE rule_list (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  yaml TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT;

CREATE TABLE import (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 16777215),
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  dataset TEXT NOT NULL,
  month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
  run_id TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  source TEXT NOT NULL,
  submitted_at TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
  layout TEXT NOT NULL,
  rows_source INTEGER NOT NULL CHECK (rows_source = rows_stored + rows_rejected),
  rows_stored INTEGER NOT NULL CHECK (rows_stored >= 0),
  rows_rejected INTEGER NOT NULL CHECK (rows_rejected >= 0),
  notes TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  mirror_checksum TEXT NOT NULL
) STRICT;
CREATE INDEX import_by_month ON import (connection_id, month);
CREATE INDEX import_by_run ON import (connection_id, dataset, run_id, content_hash);

CREATE TABLE import_total (
  import_id INTEGER NOT NULL REFERENCES import (id),
  currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  charge_category TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  billed TEXT NOT NULL CHECK (billed <> '' AND billed NOT GLOB '*[^-0-9.]*'),
  effective TEXT NOT NULL CHECK (effective <> '' AND effective NOT GLOB '*[^-0-9.]*'),
  mended_effective TEXT NOT NULL CHECK (mended_effective <> '' AND mended_effective NOT GLOB '*[^-0-9.]*'),
  -- counts of 10^-36
  billed_remainder TEXT NOT NULL CHECK (billed_remainder <> '' AND billed_remainder NOT GLOB '*[^-0-9]*'),
  effective_remainder TEXT NOT NULL CHECK (effective_remainder <> '' AND effective_remainder NOT GLOB '*[^-0-9]*'),
  PRIMARY KEY (import_id, currency, charge_category)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_file (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL UNIQUE,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  role TEXT NOT NULL CHECK (role IN ('charges', 'mirror')),
  PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_file (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  rows INTEGER NOT NULL CHECK (rows >= 0),
  content_hash TEXT NOT NULL,
  PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE reject (
  import_id INTEGER NOT NULL REFERENCES import (id),
  position INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  column_name TEXT NOT NULL,
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE charge_set (
  id INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
  timing_rows INTEGER NOT NULL CHECK (timing_rows >= 0),
  notes TEXT NOT NULL,
  published_at TEXT NOT NULL,
  UNIQUE (id, connection_id, month)
) STRICT;
CREATE INDEX charge_set_by_month ON charge_set (connection_id, month);

CREATE TABLE charge_set_import (
  charge_set_id INTEGER NOT NULL REFERENCES charge_set (id),
  position INTEGER NOT NULL,
  import_id INTEGER NOT NULL REFERENCES import (id),
  PRIMARY KEY (charge_set_id, position),
  UNIQUE (charge_set_id, import_id)  -- charges of one import count once
) STRICT, WITHOUT ROWID;

CREATE TABLE charge_set_file (
  charge_set_id INTEGER NOT NULL REFERENCES charge_set (id),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (charge_set_id, position),
  UNIQUE (charge_set_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE split (
  id INTEGER PRIMARY KEY,
  charge_set_id INTEGER NOT NULL REFERENCES charge_set (id),
  rule_list_id INTEGER REFERENCES rule_list (id),
  rules_effective TEXT NOT NULL,
  notes TEXT NOT NULL,
  published_at TEXT NOT NULL,
  UNIQUE (id, charge_set_id)
) STRICT;
CREATE INDEX split_by_charge_set ON split (charge_set_id);

CREATE TABLE split_file (
  split_id INTEGER NOT NULL REFERENCES split (id),
  kind TEXT NOT NULL CHECK (kind IN ('direct', 'share')),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rows INTEGER NOT NULL CHECK (rows >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (split_id, kind, position),
  UNIQUE (split_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE split_rule_name (
  split_id INTEGER NOT NULL REFERENCES split (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (split_id, position)
) STRICT, WITHOUT ROWID;

-- What is live. A month shows charges of its own connection and month only, and a split of those very charges only.
CREATE TABLE bill_month (
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
  locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
  charge_set_id INTEGER,
  split_id INTEGER CHECK (split_id IS NULL OR charge_set_id IS NOT NULL),
  PRIMARY KEY (connection_id, month),
  FOREIGN KEY (charge_set_id, connection_id, month) REFERENCES charge_set (id, connection_id, month),
  FOREIGN KEY (split_id, charge_set_id) REFERENCES split (id, charge_set_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER locked_month_stays BEFORE UPDATE OF charge_set_id, split_id ON bill_month WHEN OLD.locked
BEGIN SELECT RAISE(ABORT, 'a locked month never changes'); END;
CREATE TRIGGER locked_month_is_kept BEFORE DELETE ON bill_month WHEN OLD.locked
BEGIN SELECT RAISE(ABORT, 'a locked month never goes'); END;
