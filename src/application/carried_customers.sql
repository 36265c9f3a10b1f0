-- Whose lines changed.
SELECT DISTINCT CustomerId FROM line_changes ORDER BY CustomerId
