-- What was not used, charge by charge, with who holds it.
SELECT p.x_RowId, p.id, p.reservation, p.CustomerId, p.currency, p.pricing_currency, p.day, p.EffectiveCost,
  p.pricing_cost, p.x_AssignmentKind, p.PricingQuantity
FROM commitment_parts p JOIN policy_choice c ON c.id = p.id AND c.reservation = p.reservation
WHERE p.part = 'unused' AND p.x_AssignmentKind <> 'move' AND p.EffectiveCost <> 0
ORDER BY p.x_RowId, p.CustomerId
