-- Each charge must be assigned once: whole, or in shares that sum to it. Moves of a charge sum to zero. Of the charges
-- with ids from {first} to {last}.
WITH direct AS (
  SELECT x_RowId FROM direct_assignments WHERE x_RowId BETWEEN {first} AND {last}
),
shared AS (
  SELECT x_RowId, sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost, sum(ListCost) AS ListCost,
    sum(ContractedCost) AS ContractedCost, sum(PricingQuantity) AS PricingQuantity,
    sum(ConsumedQuantity) AS ConsumedQuantity
  FROM share_assignments WHERE x_RowId BETWEEN {first} AND {last} GROUP BY x_RowId
)
SELECT
  (SELECT count(*) FROM charges WHERE x_RowId BETWEEN {first} AND {last}) AS charges,
  (SELECT count(DISTINCT x_RowId) FROM charges WHERE x_RowId BETWEEN {first} AND {last}) AS distinct_charges,
  (SELECT count(*) FROM direct) + (SELECT count(*) FROM shared) AS assignments,
  (SELECT count(*) FROM charges c
   WHERE c.x_RowId BETWEEN {first} AND {last}
     AND EXISTS (SELECT 1 FROM (SELECT x_RowId FROM direct UNION ALL SELECT x_RowId FROM shared) a
                 WHERE a.x_RowId = c.x_RowId)) AS assigned_charges,
  (SELECT count(*) FROM charges c JOIN shared s ON c.x_RowId = s.x_RowId
   WHERE c.x_RowId BETWEEN {first} AND {last}
     AND (c.BilledCost <> s.BilledCost OR c.EffectiveCost <> s.EffectiveCost
       OR c.ListCost IS DISTINCT FROM s.ListCost OR c.ContractedCost IS DISTINCT FROM s.ContractedCost
       OR c.PricingQuantity IS DISTINCT FROM s.PricingQuantity
       OR c.ConsumedQuantity IS DISTINCT FROM s.ConsumedQuantity)) AS broken_shares,
  (SELECT count(*) FROM (
     SELECT m.x_RowId
     FROM (SELECT * FROM move_assignments WHERE x_RowId BETWEEN {first} AND {last}) m
     LEFT JOIN (SELECT x_RowId FROM charges WHERE x_RowId BETWEEN {first} AND {last}) c ON c.x_RowId = m.x_RowId
     GROUP BY m.x_RowId
     HAVING sum(m.BilledCost) <> 0 OR sum(m.EffectiveCost) <> 0 OR sum(m.ListCost) <> 0 OR sum(m.ContractedCost) <> 0
       OR sum(m.PricingQuantity) <> 0 OR sum(m.ConsumedQuantity) <> 0 OR count(c.x_RowId) = 0
   )) AS broken_moves
