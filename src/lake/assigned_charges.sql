-- Every charge with its customer: whole charges, shares of charges, moves of cost between customers, and charges of
-- months that are not split yet; and rows that were carried from an earlier month. The names in braces are relations,
-- or statements in parentheses. Parts of what is unknown of a charge are unknown.
SELECT c.*, d.CustomerId, d.x_RuleNumber, 'direct' AS x_AssignmentKind, CAST(NULL AS VARCHAR) AS x_CarriedFrom,
  CAST(1 AS BIGINT) AS x_RowCount
FROM {split_charges} c JOIN {direct_assignments} d ON c.x_RowId = d.x_RowId
UNION ALL BY NAME
SELECT c.* REPLACE (
    s.BilledCost AS BilledCost,
    CASE WHEN c.EffectiveCost IS NOT NULL THEN s.EffectiveCost END AS EffectiveCost,
    CASE WHEN c.ListCost IS NOT NULL THEN s.ListCost END AS ListCost,
    CASE WHEN c.ContractedCost IS NOT NULL THEN s.ContractedCost END AS ContractedCost,
    CASE WHEN c.PricingQuantity IS NOT NULL THEN s.PricingQuantity END AS PricingQuantity,
    CASE WHEN c.ConsumedQuantity IS NOT NULL THEN s.ConsumedQuantity END AS ConsumedQuantity),
  s.CustomerId, s.x_RuleNumber, s.x_AssignmentKind, CAST(NULL AS VARCHAR) AS x_CarriedFrom,
  CAST(1 AS BIGINT) AS x_RowCount
FROM {split_charges} c JOIN (
  SELECT *, 'share' AS x_AssignmentKind FROM {share_assignments} shares
  UNION ALL
  SELECT *, 'move' AS x_AssignmentKind FROM {move_assignments} moves
) s ON c.x_RowId = s.x_RowId
UNION ALL BY NAME
SELECT u.*, 'unassigned' AS CustomerId, CAST(0 AS BIGINT) AS x_RuleNumber, 'direct' AS x_AssignmentKind,
  CAST(NULL AS VARCHAR) AS x_CarriedFrom, CAST(1 AS BIGINT) AS x_RowCount
FROM {unsplit_charges} u
UNION ALL BY NAME
SELECT k.* FROM {carried_changes} k
