-- A customer's costs by the rules that brought them.
SELECT x_RuleNumber, BillingCurrency, count(*), sum(BilledCost), sum(EffectiveCost), sum(ListCost), sum(ContractedCost)
FROM assigned_charges
WHERE CustomerId = $1
GROUP BY x_RuleNumber, BillingCurrency
ORDER BY x_RuleNumber, BillingCurrency
