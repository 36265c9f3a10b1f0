-- What is carried: the lines that changed, with their differences. An amount that is unknown on a side is unknown.
SELECT {columns}
FROM line_changes
WHERE RowsBefore <> RowsAfter OR {differs}
