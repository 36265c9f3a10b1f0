-- Hours of each reservation and day by the reservation details; each row repeats the hours that are reserved.
SELECT lower(coalesce(ReservationId, '')), UsageDate, sum(UsedHours) AS used, max(ReservedHours) AS reserved
FROM reservation_details
WHERE $1 = '' OR x_BillMonth = $1
GROUP BY lower(coalesce(ReservationId, '')), UsageDate
