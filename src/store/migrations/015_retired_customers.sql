-- Customers that get nothing from a day on, but keep what they had, and into whom they were merged.
ALTER TABLE customer ADD COLUMN retired_from TEXT;
ALTER TABLE customer ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
