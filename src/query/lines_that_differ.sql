-- Lines that do not have the same rows in two versions. Hashes only tell which lines to look at: the columns are many,
-- and a month may have millions of rows. Sums never depend on them.
CREATE OR REPLACE TEMP TABLE lines_that_differ AS
SELECT line
FROM (
  SELECT hash({keys}) AS line, CAST(hash({amounts}) AS HUGEINT) AS cells FROM lines_before
  UNION ALL
  SELECT hash({keys}) AS line, -CAST(hash({amounts}) AS HUGEINT) AS cells FROM lines_after
) both_versions
GROUP BY line
HAVING sum(cells) <> 0
