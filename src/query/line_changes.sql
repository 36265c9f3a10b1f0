-- The lines that differ, with the amounts of both versions.
CREATE OR REPLACE TEMP TABLE line_changes AS
SELECT *
FROM (
  SELECT {columns}
  FROM (
    SELECT false AS is_after, * FROM lines_before WHERE hash({keys}) IN (SELECT line FROM lines_that_differ)
    UNION ALL BY NAME
    SELECT true AS is_after, * FROM lines_after WHERE hash({keys}) IN (SELECT line FROM lines_that_differ)
  ) both_versions
  GROUP BY {keys}
) lines
WHERE {differs}
