-- The different values of a column of the charges in scope: their currencies, or the units of a quantity.
SELECT DISTINCT a.{column}
FROM {relation} a{customers}
WHERE {condition}
ORDER BY a.{column}
