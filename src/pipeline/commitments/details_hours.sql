-- Hours of each reservation and day by the reservation details; each row repeats the hours that are reserved.
SELECT lower(coalesce(ReservationId, '')), UsageDate, sum(UsedHours) AS used, max(ReservedHours) AS reserved
FROM reservation_details
WHERE ? = '' OR x_BillMonth = ?
GROUP BY lower(coalesce(ReservationId, '')), UsageDate
