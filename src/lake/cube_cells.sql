-- The cells of all cubes in one pass over the assignments. `cube_of_cell` tells them apart: a bit for each of customer,
-- day and tags that the cube does not have.
SELECT {names}, CustomerId, x_AssignmentKind, x_RuleNumber, list_known, contracted_known, x_ListCostIsFilled,
  x_ContractedCostIsFilled, sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost,
  sum(ListCost) AS ListCost, sum(ContractedCost) AS ContractedCost, count(*) AS x_Rows,
  grouping(CustomerId, ChargePeriodStart, Tags) AS cube_of_cell
FROM (
  SELECT {columns}, a.CustomerId, a.x_AssignmentKind, a.x_RuleNumber,
    CASE WHEN a.ListCost IS NULL THEN 0 ELSE 1 END AS list_known,
    CASE WHEN a.ContractedCost IS NULL THEN 0 ELSE 1 END AS contracted_known,
    CAST(CASE WHEN f.ListCost IS NULL THEN 0 ELSE 1 END AS BIGINT) AS x_ListCostIsFilled,
    CAST(CASE WHEN f.ContractedCost IS NULL THEN 0 ELSE 1 END AS BIGINT) AS x_ContractedCostIsFilled,
    a.BilledCost, a.EffectiveCost, a.ListCost, a.ContractedCost
  FROM assigned_charges a LEFT JOIN filled_prices f ON a.x_RowId = f.x_RowId
) assigned
GROUP BY GROUPING SETS ({sets})
