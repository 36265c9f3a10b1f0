-- Which costs a customer sees: `list`, `cost` (what the partner pays) or `both`.
ALTER TABLE customer ADD COLUMN sees TEXT NOT NULL DEFAULT 'list' CHECK (sees IN ('list', 'cost', 'both'));
