-- Rows that only one of the two files has. `mirror` holds the rows of the actual file that the amortized file must
-- repeat; `amortized` holds the charges made from the amortized file. Rows are matched one to one: equal rows are
-- different charges. A row that only the actual file has becomes a charge; one that only the amortized file has gets a
-- counter-row. Both are about the bill alone: they carry billed cost, with its cost in the currencies beside it, and
-- nothing of what the amortized file tells for every row that it has: list and contracted cost and quantities. Rows are
-- equal when every column is that a rule or a report may ask for, so that each file's cells decide on its own cost.
-- `charge` tells which charge a row is of, `cells` what else it says: hashes, since the columns are many and a month
-- may have millions of rows; amounts are compared themselves, so that sums never depend on a hash.
WITH keyed AS (
  SELECT true AS of_actual, x_RowId, BilledCost, BillingCurrency, {charge} AS charge, {cells} AS cells
  FROM mirror WHERE BilledCost <> 0
  UNION ALL
  SELECT false AS of_actual, x_RowId, BilledCost, BillingCurrency, {charge} AS charge, {cells} AS cells
  FROM amortized WHERE BilledCost <> 0
),
unbalanced AS (
  SELECT BilledCost, BillingCurrency, charge, cells,
    least(count(*) FILTER (WHERE of_actual), count(*) FILTER (WHERE NOT of_actual)) AS pairs
  FROM keyed GROUP BY BilledCost, BillingCurrency, charge, cells
  HAVING count(*) FILTER (WHERE of_actual) <> count(*) FILTER (WHERE NOT of_actual)
),
copies AS (
  SELECT k.of_actual, k.x_RowId, k.BilledCost, k.BillingCurrency, k.charge, u.pairs, row_number() OVER (
    PARTITION BY k.of_actual, k.BilledCost, k.BillingCurrency, k.charge, k.cells ORDER BY k.x_RowId) AS copy_number
  FROM keyed k JOIN unbalanced u ON k.BilledCost = u.BilledCost AND k.BillingCurrency = u.BillingCurrency
    AND k.charge = u.charge AND k.cells = u.cells
),
alone AS (
  SELECT of_actual, x_RowId,
    bool_or(of_actual) OVER both_files AND NOT bool_and(of_actual) OVER both_files AS is_in_both
  FROM copies WHERE copy_number > pairs
  WINDOW both_files AS (PARTITION BY BilledCost, BillingCurrency, charge)
),
told AS (
  SELECT of_actual, x_RowId, CASE
    WHEN of_actual AND is_in_both
      THEN 'timing row: the actual run has this row, the amortized run has it with other cells'
    WHEN of_actual THEN 'timing row: the actual run has this row, the amortized run does not'
    WHEN is_in_both THEN 'timing row: the amortized run has this row, the actual run has it with other cells'
    ELSE 'timing row: the amortized run has this row, the actual run does not' END AS why
  FROM alone
),
timing_rows AS (
  SELECT {charge_columns}
  FROM mirror c JOIN told ON c.x_RowId = told.x_RowId AND told.of_actual
  UNION ALL
  SELECT {counter_row_columns}
  FROM amortized c JOIN told ON c.x_RowId = told.x_RowId AND NOT told.of_actual
)
SELECT * FROM timing_rows ORDER BY x_RowId
