SELECT CustomerId, x_RuleNumber, count(*) AS shares, sum(x_RowId % 2147483647) AS row_checksum,
       sum(BilledCost) AS billed, sum(EffectiveCost) AS effective,
       sum(ListCost) AS list, sum(ContractedCost) AS contracted
FROM split_written
GROUP BY CustomerId, x_RuleNumber
