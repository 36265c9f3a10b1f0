-- What was used by others than the buyer: billed cost goes from the buyer to who used it, or effective cost from who
-- used it to the buyer.
SELECT p.x_RowId,
  CASE WHEN s.side = 1 THEN p.CustomerId ELSE c.buyer END,
  c.x_RuleNumber,
  CASE WHEN c.used <> 'billed' THEN 0 WHEN s.side = 1 THEN p.EffectiveCost ELSE -p.EffectiveCost END,
  CASE WHEN c.used <> 'effective' THEN 0 WHEN s.side = 1 THEN -p.EffectiveCost ELSE p.EffectiveCost END,
  0, 0, 0, 0
FROM commitment_parts p
JOIN policy_choice c ON c.id = p.id AND c.reservation = p.reservation
CROSS JOIN (VALUES (1), (-1)) s(side)
WHERE p.part = 'used' AND p.x_AssignmentKind <> 'move' AND c.used IN ('billed', 'effective') AND c.buyer <> ''
  AND p.CustomerId <> c.buyer AND p.EffectiveCost <> 0
