-- Every charge with its customer: whole charges, shares of charges, moves of cost between customers, and charges of
-- months that are not split yet; and rows that were carried from an earlier month. The names in braces are relations,
-- or statements in parentheses, and the columns of charges; `{amounts_of_part}` are the same columns with the amounts
-- of a share or move.
SELECT {charge_columns}, c.x_BillMonth, c.x_CustomerNames, d.CustomerId, d.x_RuleNumber,
  'direct' AS x_AssignmentKind, CAST(NULL AS VARCHAR) AS x_CarriedFrom, CAST(1 AS BIGINT) AS x_RowCount
FROM {split_charges} c JOIN {direct_assignments} d ON c.x_RowId = d.x_RowId
UNION ALL
SELECT {amounts_of_part}, c.x_BillMonth, c.x_CustomerNames, s.CustomerId, s.x_RuleNumber,
  s.x_AssignmentKind, CAST(NULL AS VARCHAR) AS x_CarriedFrom, CAST(1 AS BIGINT) AS x_RowCount
FROM {split_charges} c JOIN (
  SELECT *, 'share' AS x_AssignmentKind FROM {share_assignments} shares
  UNION ALL
  SELECT *, 'move' AS x_AssignmentKind FROM {move_assignments} moves
) s ON c.x_RowId = s.x_RowId
UNION ALL
SELECT {charge_columns}, c.x_BillMonth, c.x_CustomerNames, 'unassigned' AS CustomerId,
  CAST(0 AS BIGINT) AS x_RuleNumber, 'direct' AS x_AssignmentKind, CAST(NULL AS VARCHAR) AS x_CarriedFrom,
  CAST(1 AS BIGINT) AS x_RowCount
FROM {unsplit_charges} c
UNION ALL
SELECT {charge_columns}, c.x_BillMonth, c.x_CustomerNames, c.CustomerId, c.x_RuleNumber, c.x_AssignmentKind,
  c.x_CarriedFrom, c.x_RowCount
FROM {carried_changes} c
