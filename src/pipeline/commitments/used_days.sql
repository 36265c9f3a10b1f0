-- What each customer used of a commitment on a day: whole charges.
SELECT p.id, p.reservation, p.CustomerId, p.currency, p.pricing_currency, p.day, sum(p.EffectiveCost) AS effective,
  sum(p.pricing_cost) AS pricing, count(*) - count(p.pricing_cost) AS unknown
FROM commitment_parts p JOIN policy_choice c ON c.id = p.id AND c.reservation = p.reservation
WHERE p.part = 'used' AND p.x_AssignmentKind = 'direct'
GROUP BY p.id, p.reservation, p.CustomerId, p.currency, p.pricing_currency, p.day
ORDER BY 1, 2, 3, 4, 5, 6
