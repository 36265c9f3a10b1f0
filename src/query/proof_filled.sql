-- By how much price sheets raised the costs of charges, and in how many rows they were unknown before: what the
-- vendor's files say + filled = charges.
SELECT BillingCurrency,
  count(ListCost) AS list_rows, coalesce(sum(x_ListCostFilled), 0) AS list_filled,
  count(*) FILTER (WHERE ListCost = x_ListCostFilled) AS list_unknown,
  count(ContractedCost) AS contracted_rows, coalesce(sum(x_ContractedCostFilled), 0) AS contracted_filled,
  count(*) FILTER (WHERE ContractedCost = x_ContractedCostFilled) AS contracted_unknown
FROM filled_prices
GROUP BY BillingCurrency
ORDER BY BillingCurrency
