-- The version of the lake's content by which a file was written (kLakeVersion in lake/lake.h) tells what it holds.
ALTER TABLE import_file ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE charge_set_file ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE charge_set_filled_file ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE split_file ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE carry ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
