-- Each charge must be assigned once: whole, or in shares that sum to it. Moves of a charge sum to zero.
WITH direct AS (
  SELECT x_RowId, count(*) AS copies FROM direct_assignments GROUP BY x_RowId
),
shared AS (
  SELECT x_RowId, sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost, sum(ListCost) AS ListCost,
    sum(ContractedCost) AS ContractedCost, sum(PricingQuantity) AS PricingQuantity,
    sum(ConsumedQuantity) AS ConsumedQuantity
  FROM share_assignments GROUP BY x_RowId
),
assigned AS (
  SELECT x_RowId, copies, 0 AS is_shared FROM direct
  UNION ALL
  SELECT x_RowId, 1 AS copies, 1 AS is_shared FROM shared
)
SELECT
  (SELECT count(*) FROM charges) AS charges,
  (SELECT count(DISTINCT x_RowId) FROM charges) AS distinct_charges,
  (SELECT CAST(coalesce(sum(copies), 0) AS BIGINT) FROM assigned) AS assignments,
  (SELECT count(*) FROM charges c
   WHERE EXISTS (SELECT 1 FROM assigned a WHERE a.x_RowId = c.x_RowId)) AS assigned_charges,
  (SELECT count(*) FROM charges c JOIN shared s ON c.x_RowId = s.x_RowId
   WHERE c.BilledCost <> s.BilledCost OR c.EffectiveCost <> s.EffectiveCost
     OR c.ListCost IS DISTINCT FROM s.ListCost OR c.ContractedCost IS DISTINCT FROM s.ContractedCost
     OR c.PricingQuantity IS DISTINCT FROM s.PricingQuantity
     OR c.ConsumedQuantity IS DISTINCT FROM s.ConsumedQuantity) AS broken_shares,
  (SELECT count(*) FROM (
     SELECT m.x_RowId FROM move_assignments m LEFT JOIN charges c ON c.x_RowId = m.x_RowId
     GROUP BY m.x_RowId
     HAVING sum(m.BilledCost) <> 0 OR sum(m.EffectiveCost) <> 0 OR sum(m.ListCost) <> 0 OR sum(m.ContractedCost) <> 0
       OR sum(m.PricingQuantity) <> 0 OR sum(m.ConsumedQuantity) <> 0 OR count(c.x_RowId) = 0
   )) AS broken_moves
