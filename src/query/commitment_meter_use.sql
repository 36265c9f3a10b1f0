-- Who used which meter at pay as you go in the newest month of the charges in scope.
SELECT lower(x_SkuMeterId), lower(coalesce(x_SubscriptionId, '')), CustomerId, sum(PricingQuantity)
FROM assigned_charges
WHERE ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS NULL AND x_SkuMeterId IS NOT NULL
  AND x_AssignmentKind <> 'move' AND x_BillMonth = (SELECT max(x_BillMonth) FROM charges)
  AND lower(x_SkuMeterId) IN (SELECT lower(MeterId) FROM reservation_recommendations WHERE MeterId IS NOT NULL)
GROUP BY lower(x_SkuMeterId), lower(coalesce(x_SubscriptionId, '')), CustomerId
HAVING sum(PricingQuantity) > 0
ORDER BY 1, 3, 2
