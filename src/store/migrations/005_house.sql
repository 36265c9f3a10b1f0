-- Documents in one table, who did what in a chained audit log, secrets by connection, months that are out of date,
-- names of customers frozen with a locked month, settings. Foreign keys are off while migrations run.

CREATE TABLE document (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind <> ''),
  version INTEGER NOT NULL CHECK (version >= 1),
  text TEXT NOT NULL,
  applied_at TEXT NOT NULL,
  applied_by TEXT NOT NULL,
  UNIQUE (kind, version)
) STRICT;
INSERT INTO document (kind, version, text, applied_at, applied_by)
SELECT 'rules', id, yaml, applied_at, '' FROM rule_list ORDER BY id;
INSERT INTO document (kind, version, text, applied_at, applied_by)
SELECT 'commitment-policies', id, yaml, applied_at, '' FROM commitment_policy ORDER BY id;

-- What a split was made by: one version of each kind of document at most.
CREATE TABLE split_document (
  split_id INTEGER NOT NULL REFERENCES split (id),
  document_id INTEGER NOT NULL REFERENCES document (id),
  PRIMARY KEY (split_id, document_id)
) STRICT, WITHOUT ROWID;
INSERT INTO split_document (split_id, document_id)
SELECT split.id, document.id FROM split
JOIN document ON document.kind = 'rules' AND document.version = split.rule_list_id;
INSERT INTO split_document (split_id, document_id)
SELECT split.id, document.id FROM split
JOIN document ON document.kind = 'commitment-policies' AND document.version = split.commitment_policy_id;

CREATE TABLE split_new (
  id INTEGER PRIMARY KEY,
  charge_set_id INTEGER NOT NULL REFERENCES charge_set (id),
  rules_effective TEXT NOT NULL,
  notes TEXT NOT NULL,
  published_at TEXT NOT NULL,
  UNIQUE (id, charge_set_id)
) STRICT;
INSERT INTO split_new (id, charge_set_id, rules_effective, notes, published_at)
SELECT id, charge_set_id, rules_effective, notes, published_at FROM split;
DROP TABLE split;
ALTER TABLE split_new RENAME TO split;
CREATE INDEX split_by_charge_set ON split (charge_set_id);
DROP TABLE rule_list;
DROP TABLE commitment_policy;

-- Each entry holds the hash of itself and of the entry before it.
CREATE TABLE audit_log_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
INSERT INTO audit_log_new (id, at, actor, what, detail, hash)
WITH RECURSIVE
  numbered AS (SELECT row_number() OVER (ORDER BY id) AS number, at, what, detail FROM audit_log),
  chain AS (
    SELECT number, at, what, detail, sha256(json_array('', number, at, '', what, detail)) AS hash
    FROM numbered WHERE number = 1
    UNION ALL
    SELECT n.number, n.at, n.what, n.detail, sha256(json_array(c.hash, n.number, n.at, '', n.what, n.detail))
    FROM chain AS c JOIN numbered AS n ON n.number = c.number + 1
  )
SELECT number, at, '', what, detail, hash FROM chain ORDER BY number;
DROP TABLE audit_log;
ALTER TABLE audit_log_new RENAME TO audit_log;
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_is_not_cut BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- A secret goes with its connection. `sealed_for` is the owner that the seal itself names.
CREATE TABLE connection_secret (
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL CHECK (sealed <> ''),
  sealed_for TEXT NOT NULL,
  expires_on TEXT NOT NULL,
  PRIMARY KEY (connection_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO connection_secret (connection_id, name, sealed, sealed_for, expires_on)
SELECT connection.id, sealed_secret.name, sealed_secret.sealed, sealed_secret.owner, sealed_secret.expires_on
FROM sealed_secret JOIN connection ON sealed_secret.owner = 'connection:' || connection.name;
DELETE FROM sealed_secret WHERE owner LIKE 'connection:%';

-- The split is not that of the customers and documents of now.
ALTER TABLE bill_month ADD COLUMN needs_split INTEGER NOT NULL DEFAULT 0 CHECK (needs_split IN (0, 1));

-- Customers as they were called when the month was locked.
CREATE TABLE locked_customer (
  connection_id INTEGER NOT NULL,
  month TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  name TEXT NOT NULL,
  external_id TEXT NOT NULL,
  PRIMARY KEY (connection_id, month, customer_id),
  FOREIGN KEY (connection_id, month) REFERENCES bill_month (connection_id, month)
) STRICT, WITHOUT ROWID;
INSERT INTO locked_customer (connection_id, month, customer_id, name, external_id)
SELECT bill_month.connection_id, bill_month.month, customer.id, customer.name, customer.external_id
FROM bill_month CROSS JOIN customer WHERE bill_month.locked = 1;

-- Only what somebody set; what may be set, its bounds and defaults stand in store/settings.h.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
