-- The lines that differ, with the amounts of both versions.
SELECT *
FROM (
  SELECT {columns}
  FROM (
    SELECT false AS is_after, b.* FROM lines_before b WHERE {line} IN (SELECT line FROM lines_that_differ)
    UNION ALL
    SELECT true AS is_after, a.* FROM lines_after a WHERE {line} IN (SELECT line FROM lines_that_differ)
  ) both_versions
  GROUP BY {keys}
) lines
WHERE {differs}
