-- The costs of the charges in scope. The parts in braces are made of quoted names from the table of columns and of
-- parameters; what a person wrote stands in no statement. A row stands for `x_Rows` charges.
WITH in_scope AS (
  SELECT {keys}{metrics}, {rows} AS x_Rows
  FROM {relation} a{customers}
  WHERE {condition}
)
SELECT {shown}{sums}
FROM in_scope
{group}
HAVING count(*) > 0
{order}
