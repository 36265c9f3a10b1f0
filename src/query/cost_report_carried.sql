-- What was carried from earlier months to those in scope.
SELECT a.x_BillMonth, a.x_CarriedFrom, a.BillingCurrency, count(*)
FROM {relation} a{customers}
WHERE {condition} AND a.x_CarriedFrom IS NOT NULL
GROUP BY a.x_BillMonth, a.x_CarriedFrom, a.BillingCurrency
ORDER BY a.x_BillMonth, a.x_CarriedFrom, a.BillingCurrency
