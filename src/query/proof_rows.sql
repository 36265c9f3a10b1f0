-- Rows of an import as they lie in its files.
SELECT count(*) FROM proof_import_rows WHERE x_ImportId = ?
