-- What each charge, share, move and carried change costs whom. Customers have one row each, so that a join by
-- CustomerId doubles nothing.
SELECT {columns}, a.x_BillMonth AS Month,
  a.CustomerId, coalesce(c.CustomerName, a.CustomerId) AS CustomerName, c.CustomerExternalId,
  a.x_RuleNumber, a.x_AssignmentKind, a.x_CarriedFrom, a.x_RowCount, {assignment_id} AS x_AssignmentId
FROM stored_assigned_charges a
LEFT JOIN stored_customers c ON a.CustomerId = c.CustomerId AND a.x_CustomerNames = c.x_CustomerNames
