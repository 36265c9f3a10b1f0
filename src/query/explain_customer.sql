-- A customer's costs by the rules that brought them.
SELECT x_RuleNumber, BillingCurrency, count(*), sum(BilledCost),
  CASE WHEN count(*) = count(EffectiveCost) THEN sum(EffectiveCost) END, sum(ListCost), sum(ContractedCost),
  x_CarriedFrom
FROM assigned_charges
WHERE CustomerId = ?
GROUP BY x_RuleNumber, BillingCurrency, x_CarriedFrom
ORDER BY x_RuleNumber, BillingCurrency, x_CarriedFrom NULLS FIRST
