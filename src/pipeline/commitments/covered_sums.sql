-- Use of the meters that commitments covered in a month: how much of it was covered.
WITH covered_meters AS (
  SELECT DISTINCT x_BillMonth, lower(x_SkuMeterId) AS meter FROM charges
  WHERE ChargeCategory = 'Usage' AND CommitmentDiscountStatus = 'Used' AND x_SkuMeterId IS NOT NULL
)
SELECT {keys}, a.BillingCurrency,
  sum(CASE WHEN a.CommitmentDiscountStatus = 'Used' THEN a.PricingQuantity END) AS covered,
  sum(a.PricingQuantity) AS all_use,
  sum(CASE WHEN a.CommitmentDiscountStatus = 'Used' THEN a.EffectiveCost END) AS covered_cost,
  sum(CASE WHEN a.CommitmentDiscountStatus IS NULL THEN a.EffectiveCost END) AS uncovered_cost,
  count(*) FILTER (WHERE a.CommitmentDiscountStatus = 'Used' AND a.EffectiveCost IS NULL) AS covered_unknown,
  count(*) FILTER (WHERE a.CommitmentDiscountStatus IS NULL AND a.EffectiveCost IS NULL) AS uncovered_unknown
FROM assigned_charges a JOIN covered_meters m ON m.x_BillMonth = a.x_BillMonth AND m.meter = lower(a.x_SkuMeterId)
WHERE a.ChargeCategory = 'Usage' AND coalesce(a.CommitmentDiscountStatus, 'Used') = 'Used'
  AND a.x_AssignmentKind <> 'move' AND (? = '' OR a.CustomerId = ?)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
