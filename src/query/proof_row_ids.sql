-- How many charges there are of each {width} ids that follow one another.
SELECT x_RowId - x_RowId % {width} AS first_id, count(*) AS charges
FROM charges
GROUP BY 1
ORDER BY 1
