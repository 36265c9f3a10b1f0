-- What an import notes of its rows, so that it can be proved and compared later.

-- Sums over the vendor's text beside those of import_total, of rows that are charges and of mirror rows apart. None:
-- taken in before they were noted. `source` is null when the sum is too large to be told.
CREATE TABLE import_metric_total (
  import_id INTEGER NOT NULL REFERENCES import (id),
  currency TEXT NOT NULL,
  charge_category TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('charges', 'mirror')),
  metric TEXT NOT NULL CHECK (metric IN ('list', 'contracted', 'consumed_quantity', 'pricing_quantity')),
  source TEXT,
  mended TEXT NOT NULL,
  known_rows INTEGER NOT NULL CHECK (known_rows >= 0),
  unknown_rows INTEGER NOT NULL CHECK (unknown_rows >= 0),
  PRIMARY KEY (import_id, currency, charge_category, role, metric)
) STRICT, WITHOUT ROWID;

-- The days of the bill month on which the run has charges, bit 0 the first. Null: taken in before they were noted.
ALTER TABLE import ADD COLUMN charge_days INTEGER;

-- What the charges were less than those before them when somebody took them all the same; empty: nothing.
ALTER TABLE charge_set ADD COLUMN accepted_loss TEXT NOT NULL DEFAULT '';
UPDATE charge_set SET accepted_loss = h.detail
FROM held_charges AS h JOIN charge_set AS held ON held.id = h.charge_set_id
WHERE h.decision = 'accepted' AND charge_set.id = (
  SELECT min(later.id) FROM charge_set AS later
  WHERE later.connection_id = held.connection_id AND later.month = held.month AND later.id > held.id
    AND later.id NOT IN (SELECT charge_set_id FROM held_charges));
