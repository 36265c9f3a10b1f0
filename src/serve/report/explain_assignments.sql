-- Who got a charge, and how much of it.
SELECT a.CustomerId, coalesce(c.CustomerName, a.CustomerId), a.x_RuleNumber,
  EXISTS (SELECT 1 FROM share_assignments s WHERE s.x_RowId = $1) AS is_shared,
  a.BilledCost, a.EffectiveCost, a.ListCost, a.ContractedCost
FROM assigned_charges a LEFT JOIN customers c ON a.CustomerId = c.CustomerId
WHERE a.x_RowId = $1
ORDER BY a.CustomerId
