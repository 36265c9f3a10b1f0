-- What reservation details say of each reservation, newest day last.
SELECT lower(coalesce(ReservationOrderId, '')), lower(coalesce(ReservationId, '')), coalesce(SkuName, ''),
  max(TotalReservedQuantity) AS quantity, UsageDate, coalesce(Kind, '')
FROM reservation_details
GROUP BY 1, 2, 3, 5, 6
ORDER BY UsageDate
