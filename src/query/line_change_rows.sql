-- The lines that differ, the largest differences of each currency first.
SELECT {columns}
FROM (
  SELECT *, row_number() OVER (PARTITION BY BillingCurrency ORDER BY {order}) AS place FROM line_changes
) placed
WHERE place <= ?
ORDER BY BillingCurrency, place
