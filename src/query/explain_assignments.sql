-- Who got a charge, and how much of it.
SELECT a.CustomerId, coalesce(c.CustomerName, a.CustomerId), a.x_RuleNumber,
  a.x_AssignmentKind, {assignment_id} AS x_AssignmentId,
  a.BilledCost, a.EffectiveCost, a.ListCost, a.ContractedCost
FROM assigned_charges a
  LEFT JOIN customers c ON a.CustomerId = c.CustomerId AND a.x_CustomerNames = c.x_CustomerNames
WHERE a.x_RowId = ?
ORDER BY a.x_AssignmentKind = 'move', a.CustomerId, a.x_RuleNumber
