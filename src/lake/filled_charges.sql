-- Charges with the prices and costs that price sheets filled in: those of `filled` take the place of what the files of
-- the vendor leave open.
SELECT c.* REPLACE (
    coalesce(f.ListUnitPrice, c.ListUnitPrice) AS ListUnitPrice,
    coalesce(f.ListCost, c.ListCost) AS ListCost,
    coalesce(f.ContractedUnitPrice, c.ContractedUnitPrice) AS ContractedUnitPrice,
    coalesce(f.ContractedCost, c.ContractedCost) AS ContractedCost,
    coalesce(f.x_SourceChanges, c.x_SourceChanges) AS x_SourceChanges)
FROM {charges} c LEFT JOIN {filled} f ON f.x_RowId = c.x_RowId
