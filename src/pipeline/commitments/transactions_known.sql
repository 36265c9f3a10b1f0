-- The reservation transactions as they are.
SELECT lower(coalesce(ReservationOrderId, '')), coalesce(EventType, ''), EventDate, Amount, coalesce(Currency, ''),
  Quantity, coalesce(ArmSkuName, ''), coalesce(Region, ''), coalesce(Term, ''), coalesce(BillingFrequency, ''),
  coalesce(ReservationOrderName, ''), coalesce(Description, ''), x_BillSource, x_BillMonth, coalesce(InvoiceId, '')
FROM reservation_transactions
ORDER BY EventDate, x_RowId
