-- Rows of an actual run, told by the charges that stand in for them: these say the same, but for where the rows come
-- from, and have an effective cost, which an actual run knows nothing of.
SELECT {columns}
FROM {charges} c JOIN {stand_ins} s ON c.x_RowId = s.x_StandInRowId
