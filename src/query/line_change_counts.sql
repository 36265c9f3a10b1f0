-- How many lines differ.
SELECT BillingCurrency, count(*) FROM line_changes GROUP BY BillingCurrency ORDER BY BillingCurrency
