-- What a FOCUS file adds up to, by currency, and what of it is unknown; and who issues the invoices.
SELECT a.BillingCurrency, count(*), min(a.InvoiceIssuerName), {sums}
FROM assigned_charges a
WHERE {condition}
GROUP BY a.BillingCurrency
ORDER BY a.BillingCurrency
