-- Why a person took an import out of force; empty: it counts like others.
ALTER TABLE import ADD COLUMN withdrawn TEXT NOT NULL DEFAULT '';
