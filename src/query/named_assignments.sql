-- Who got which charge.
SELECT x_RowId, x_BillMonth AS Month, CustomerId, x_RuleNumber, x_AssignmentKind
FROM stored_assigned_charges
WHERE x_CarriedFrom IS NULL
