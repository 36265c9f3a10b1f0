-- The billed costs of invoices, by currency.
SELECT InvoiceId, BillingCurrency, sum(BilledCost)
FROM charges
WHERE InvoiceId IS NOT NULL AND BilledCost <> 0
GROUP BY InvoiceId, BillingCurrency
