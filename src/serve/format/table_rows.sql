-- The rows of a table of a report, in their order.
SELECT {columns} FROM {table} ORDER BY position
