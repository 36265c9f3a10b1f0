-- The billed costs of invoices, and of what is not billed yet, by currency.
SELECT InvoiceId, BillingCurrency, sum(BilledCost)
FROM charges
WHERE BilledCost <> 0
GROUP BY InvoiceId, BillingCurrency
ORDER BY InvoiceId, BillingCurrency
