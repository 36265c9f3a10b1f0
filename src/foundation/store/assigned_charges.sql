-- Every charge with its customer: whole charges, shares of charges, and charges of months that are not split yet.
CREATE OR REPLACE TEMP VIEW assigned_charges AS
SELECT c.*, d.CustomerId, d.x_RuleNumber
FROM split_charges c JOIN direct_assignments d ON c.x_RowId = d.x_RowId
UNION ALL BY NAME
SELECT c.* REPLACE (
    s.BilledCost AS BilledCost,
    s.EffectiveCost AS EffectiveCost,
    s.ListCost AS ListCost,
    s.ContractedCost AS ContractedCost,
    s.PricingQuantity AS PricingQuantity,
    s.ConsumedQuantity AS ConsumedQuantity),
  s.CustomerId, s.x_RuleNumber
FROM split_charges c JOIN share_assignments s ON c.x_RowId = s.x_RowId
UNION ALL BY NAME
SELECT u.*, 'unassigned' AS CustomerId, CAST(0 AS BIGINT) AS x_RuleNumber
FROM unsplit_charges u
