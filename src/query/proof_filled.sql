-- By how much price sheets raised the costs of charges: stored in the files of the vendor + filled = charges.
SELECT BillingCurrency, count(ListCost) AS list_rows, coalesce(sum(x_ListCostFilled), 0) AS list_filled,
  count(ContractedCost) AS contracted_rows, coalesce(sum(x_ContractedCostFilled), 0) AS contracted_filled
FROM filled_prices
GROUP BY BillingCurrency
ORDER BY BillingCurrency
