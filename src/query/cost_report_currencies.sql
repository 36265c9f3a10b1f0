-- The currencies of the charges in scope.
SELECT DISTINCT a.BillingCurrency
FROM assigned_charges a{customers}
WHERE {condition}
ORDER BY a.BillingCurrency
