-- What newer runs of a locked month change, counted in a later month: `carried` is a decision on charges that are held.
CREATE TABLE held_charges_new (
  charge_set_id INTEGER NOT NULL PRIMARY KEY REFERENCES charge_set (id),
  split_id INTEGER NOT NULL REFERENCES split (id),
  cause TEXT NOT NULL CHECK (cause IN ('locked', 'rejects', 'shrunk')),
  detail TEXT NOT NULL,
  held_at TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('open', 'left', 'accepted', 'superseded', 'carried')),
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CHECK (decision NOT IN ('left', 'accepted', 'carried') OR reason <> '')
) STRICT;
INSERT INTO held_charges_new (charge_set_id, split_id, cause, detail, held_at, decision, decided_at, decided_by, reason)
SELECT charge_set_id, split_id, cause, detail, held_at, decision, decided_at, decided_by, reason FROM held_charges;
DROP TABLE held_charges;
ALTER TABLE held_charges_new RENAME TO held_charges;

-- One file of rows a carry. An undone one counts in no month and is kept.
CREATE TABLE carry (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  from_month TEXT NOT NULL,
  to_month TEXT NOT NULL CHECK (to_month > from_month),
  charge_set_id INTEGER NOT NULL REFERENCES held_charges (charge_set_id),
  row_import_id INTEGER NOT NULL UNIQUE,
  path TEXT NOT NULL UNIQUE,
  rows INTEGER NOT NULL CHECK (rows > 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  content_hash TEXT NOT NULL,
  carried_at TEXT NOT NULL,
  carried_by TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  undone_at TEXT NOT NULL,
  undone_by TEXT NOT NULL,
  undo_reason TEXT NOT NULL CHECK (undo_reason <> '' OR undone_at = ''),
  FOREIGN KEY (connection_id, from_month) REFERENCES bill_month (connection_id, month),
  FOREIGN KEY (connection_id, to_month) REFERENCES bill_month (connection_id, month)
) STRICT;
CREATE INDEX carry_by_from_month ON carry (connection_id, from_month);
CREATE INDEX carry_by_to_month ON carry (connection_id, to_month);

-- An effective cost is nothing where it is unknown.
CREATE TABLE carry_total (
  carry_id INTEGER NOT NULL REFERENCES carry (id),
  currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  charge_category TEXT NOT NULL,
  billed TEXT NOT NULL CHECK (billed <> '' AND billed NOT GLOB '*[^-0-9.]*'),
  effective TEXT CHECK (effective <> '' AND effective NOT GLOB '*[^-0-9.]*'),
  PRIMARY KEY (carry_id, currency, charge_category)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER locked_month_takes_no_carry BEFORE INSERT ON carry
WHEN (SELECT locked FROM bill_month WHERE connection_id = NEW.connection_id AND month = NEW.to_month)
BEGIN SELECT RAISE(ABORT, 'a locked month never changes'); END;
CREATE TRIGGER locked_month_keeps_its_carries BEFORE UPDATE ON carry
WHEN (SELECT locked FROM bill_month WHERE connection_id = OLD.connection_id AND month = OLD.to_month)
BEGIN SELECT RAISE(ABORT, 'a locked month never changes'); END;
CREATE TRIGGER carry_is_kept BEFORE DELETE ON carry
BEGIN SELECT RAISE(ABORT, 'a carry is undone, and kept'); END;
CREATE TRIGGER carried_month_stays_locked BEFORE UPDATE OF locked ON bill_month
WHEN OLD.locked AND NOT NEW.locked AND EXISTS (
  SELECT 1 FROM carry
  WHERE connection_id = OLD.connection_id AND from_month = OLD.month AND undone_at = '')
BEGIN SELECT RAISE(ABORT, 'changes of the month are carried to a later one'); END;
