-- The recommendations of the newest month that has some, one row each.
SELECT x_BillSource, x_BillMonth, coalesce(Scope, ''), coalesce(SubscriptionId, ''), coalesce(SkuName, ''),
  coalesce(Location, ''), coalesce(ResourceType, ''), coalesce(Term, ''), coalesce(LookBackPeriod, ''),
  RecommendedQuantity, coalesce(CostWithoutReservation, ''), coalesce(CostWithReservation, ''),
  coalesce(NetSavings, ''), lower(coalesce(MeterId, '')), x_RowId
FROM reservation_recommendations
WHERE x_BillMonth = (SELECT max(x_BillMonth) FROM reservation_recommendations WHERE $1 = '' OR x_BillMonth = $1)
ORDER BY x_BillSource, x_RowId
