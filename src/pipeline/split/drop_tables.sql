-- All that a split left in the engine; the tables of value classes follow by name.
DROP VIEW IF EXISTS split_classified;
DROP VIEW IF EXISTS split_written;
DROP TABLE IF EXISTS split_direct;
DROP TABLE IF EXISTS split_shared;
DROP TABLE IF EXISTS split_shared_charges;
DROP TABLE IF EXISTS split_shares;
