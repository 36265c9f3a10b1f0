-- The same of shared charges, share by share; each repeats the pricing cost of its charge.
SELECT p.x_RowId, p.id, p.reservation, p.CustomerId, p.currency, p.pricing_currency, p.day, p.EffectiveCost,
  p.pricing_cost
FROM commitment_parts p JOIN policy_choice c ON c.id = p.id AND c.reservation = p.reservation
WHERE p.part = 'used' AND p.x_AssignmentKind = 'share'
ORDER BY p.x_RowId, p.CustomerId
