-- The invoices that charges name, with their currencies; one without a number for those that name none.
SELECT DISTINCT InvoiceId, BillingCurrency
FROM charges
WHERE BilledCost IS DISTINCT FROM 0
