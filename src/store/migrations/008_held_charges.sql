-- Charges that were put together and are not in force: newer ones of a locked month, or of runs that are worse than
-- those in force. They stay so until somebody decides, or newer ones take their place.
CREATE TABLE held_charges (
  charge_set_id INTEGER NOT NULL PRIMARY KEY REFERENCES charge_set (id),
  split_id INTEGER NOT NULL REFERENCES split (id),
  cause TEXT NOT NULL CHECK (cause IN ('locked', 'rejects', 'shrunk')),
  detail TEXT NOT NULL,
  held_at TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('open', 'left', 'accepted', 'superseded')),
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CHECK (decision NOT IN ('left', 'accepted') OR reason <> '')
) STRICT;
