-- The distinct values of one column that rules look at, without nulls.
SELECT DISTINCT {column} AS value FROM {charges} WHERE {column} IS NOT NULL
