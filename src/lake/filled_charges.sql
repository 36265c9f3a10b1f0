-- Charges with the prices and costs that price sheets filled in: those of `filled` take the place of what the files of
-- the vendor leave open.
SELECT {columns}
FROM {charges} c LEFT JOIN {filled} f ON f.x_RowId = c.x_RowId
