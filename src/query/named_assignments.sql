-- Who got which charge.
SELECT a.x_RowId, a.x_BillMonth AS Month, a.CustomerId, a.x_RuleNumber, a.x_AssignmentKind,
  {assignment_id} AS x_AssignmentId
FROM stored_assigned_charges a
WHERE a.x_CarriedFrom IS NULL
