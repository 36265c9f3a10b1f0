-- The recommendations of the newest month that has some, one row each.
SELECT x_BillSource, x_BillMonth, coalesce(Scope, ''), coalesce(SubscriptionId, ''), coalesce(SkuName, ''),
  coalesce(Location, ''), coalesce(ResourceType, ''), coalesce(Term, ''), coalesce(LookBackPeriod, ''),
  RecommendedQuantity, coalesce(CostWithoutReservation, ''), coalesce(CostWithReservation, ''),
  coalesce(NetSavings, ''), lower(coalesce(MeterId, '')), x_RowId
FROM reservation_recommendations
WHERE x_BillMonth = (SELECT max(x_BillMonth) FROM reservation_recommendations WHERE ? = '' OR x_BillMonth = ?)
ORDER BY x_BillSource, x_RowId
