-- What was carried to the months of the snapshot that has to do with commitments. An effective cost that is unknown
-- makes its sum unknown.
SELECT x_BillSource, x_BillMonth, x_CarriedFrom, BillingCurrency, count(*), sum(BilledCost),
  CASE WHEN count(*) = count(EffectiveCost) THEN sum(EffectiveCost) END
FROM carried_changes
WHERE CommitmentDiscountId IS NOT NULL OR x_ReservationId IS NOT NULL OR PricingCategory = 'Committed'
GROUP BY x_BillSource, x_BillMonth, x_CarriedFrom, BillingCurrency
ORDER BY x_BillSource, x_BillMonth, x_CarriedFrom, BillingCurrency
