CREATE OR REPLACE TEMP TABLE {table} ({columns})
