-- What a savings plan costs a day, used and unused, in the currency of its prices.
SELECT id, reservation, pricing_currency, day, sum(pricing_cost) AS cost, count(*) - count(pricing_cost) AS unknown
FROM commitment_charges
WHERE part IN ('used', 'unused') AND kind = 'Savings Plan'
GROUP BY id, reservation, pricing_currency, day
