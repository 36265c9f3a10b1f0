-- What stands in the written files: to be compared with what was meant.
SELECT CustomerId, x_RuleNumber, count(*) AS charges, sum(x_RowId % 2147483647) AS row_checksum
FROM split_written
GROUP BY CustomerId, x_RuleNumber
