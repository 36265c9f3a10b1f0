-- Use of the meters that a commitment covered in a month: how much of it that commitment covered.
WITH covered_meters AS (
  SELECT DISTINCT k.commitment, p.x_BillMonth, p.meter
  FROM commitment_parts p JOIN commitment_keys k ON k.id = p.id AND k.reservation = p.reservation
  WHERE p.part = 'used' AND p.meter <> ''
),
metered AS (
  SELECT m.commitment, a.*, a.CommitmentDiscountStatus = 'Used' AND k.commitment = m.commitment AS is_own
  FROM assigned_charges a
  JOIN covered_meters m ON m.x_BillMonth = a.x_BillMonth AND m.meter = lower(a.x_SkuMeterId)
  LEFT JOIN commitment_keys k ON k.id = lower(coalesce(a.CommitmentDiscountId, ''))
    AND k.reservation = lower(coalesce(a.x_ReservationId, ''))
  WHERE a.ChargeCategory = 'Usage' AND coalesce(a.CommitmentDiscountStatus, 'Used') = 'Used'
    AND a.x_AssignmentKind <> 'move' AND (? = '' OR a.CustomerId = ?)
)
SELECT a.commitment, {keys}, a.BillingCurrency,
  sum(CASE WHEN a.is_own THEN a.PricingQuantity END) AS covered,
  sum(a.PricingQuantity) AS all_use,
  sum(CASE WHEN a.is_own THEN a.EffectiveCost END) AS covered_cost,
  sum(CASE WHEN a.CommitmentDiscountStatus IS NULL THEN a.EffectiveCost END) AS uncovered_cost,
  count(*) FILTER (WHERE a.is_own AND a.EffectiveCost IS NULL) AS covered_unknown,
  count(*) FILTER (WHERE a.CommitmentDiscountStatus IS NULL AND a.EffectiveCost IS NULL) AS uncovered_unknown
FROM metered a
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
