-- The currencies of lines that changed which the month that is to count them does not have.
SELECT BillingCurrency FROM line_changes
EXCEPT
SELECT BillingCurrency FROM charges
ORDER BY BillingCurrency
