-- The hash of each file of the lake, so that damage is seen. Empty: published before hashes were kept.
ALTER TABLE import_file ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE charge_set_file ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE split_file ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
