-- What customers have of reservations and savings plans: bought, used and unused.
SELECT x_BillMonth, BillingCurrency, CustomerId, coalesce(CommitmentDiscountType, x_PricingModel) AS kind,
  sum(BilledCost),
  sum(CASE WHEN BilledCost = 0 AND coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' THEN EffectiveCost END),
  sum(CASE WHEN CommitmentDiscountStatus = 'Unused' THEN EffectiveCost END)
FROM assigned_charges
WHERE CommitmentDiscountCategory IS NOT NULL OR x_PricingModel IN ('Reservation', 'SavingsPlan')
GROUP BY x_BillMonth, BillingCurrency, CustomerId, coalesce(CommitmentDiscountType, x_PricingModel)
ORDER BY x_BillMonth, CustomerId, BillingCurrency, kind
