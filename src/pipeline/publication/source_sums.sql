-- What the charges of a month sum to, to be compared with the vendor's files before they are published. A sum without
-- values is null.
SELECT BillingCurrency, sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost, sum(ListCost) AS ListCost,
  sum(ContractedCost) AS ContractedCost
FROM charges
GROUP BY BillingCurrency
ORDER BY BillingCurrency
