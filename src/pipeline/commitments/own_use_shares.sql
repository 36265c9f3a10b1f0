-- The same in shares of charges; each repeats the pricing cost of its charge.
SELECT x_RowId, id, reservation, {keys}, currency, EffectiveCost, pricing_cost, PricingQuantity
FROM commitment_parts
WHERE part = 'used' AND x_AssignmentKind = 'share'
ORDER BY x_RowId, CustomerId
