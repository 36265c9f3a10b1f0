-- What charges, or the cells that stand for them, sum to, read without any join: the measure that the split must meet.
SELECT BillingCurrency, ChargeCategory, count(*) AS charges,
       sum(BilledCost) AS billed, sum(EffectiveCost) AS effective,
       sum(ListCost) AS list, sum(ContractedCost) AS contracted
FROM {charges}
GROUP BY BillingCurrency, ChargeCategory
