-- What each customer has of a charge set, by currency.
SELECT CustomerId, BillingCurrency, count(*), {sums}
FROM assigned_charges
GROUP BY CustomerId, BillingCurrency
