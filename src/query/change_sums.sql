-- What each customer has of a charge set, by currency.
SELECT CustomerId, BillingCurrency, CAST(sum(x_RowCount) AS BIGINT), {sums}
FROM assigned_charges
GROUP BY CustomerId, BillingCurrency
