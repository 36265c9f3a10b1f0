-- The costs of the charges in scope. The parts in braces are made of quoted names from the table of columns and of
-- parameters; what a person wrote stands in no statement.
WITH in_scope AS (
  SELECT {keys}{metrics}
  FROM assigned_charges a{customers}
  WHERE {condition}
)
SELECT {shown}{sums}
FROM in_scope
{group}
HAVING count(*) > 0
{order}
