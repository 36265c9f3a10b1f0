-- A relation of lake/relations.h with its columns that people may name, and its bill month as they call it.
SELECT {columns}, x_BillMonth AS Month
FROM {relation} c
