-- The charges behind a number, in an order in which equal rows alone stand side by side by chance. The parts in braces
-- are made of quoted names from the table of columns; what a person wrote is bound.
SELECT {shown}
FROM assigned_charges a{customers}
WHERE {condition}
ORDER BY {order}
LIMIT {limit} OFFSET {offset}
