-- The charges of the scope with their customers, as a file for other programs: always in the same order.
SELECT *
FROM assigned_charges
WHERE {condition}
ORDER BY Month, x_BillSource, x_RowId, x_AssignmentKind, CustomerId, x_RuleNumber, BilledCost, EffectiveCost
