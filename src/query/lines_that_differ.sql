-- Lines that do not have the same rows in two versions. Hashes only tell which lines to look at: the columns are many,
-- and a month may have millions of rows. Sums never depend on them.
SELECT line
FROM (
  SELECT {line} AS line, CAST({cells} AS DECIMAL(38,0)) AS cells FROM lines_before
  UNION ALL
  SELECT {line} AS line, -CAST({cells} AS DECIMAL(38,0)) AS cells FROM lines_after
) both_versions
GROUP BY line
HAVING sum(cells) <> 0
