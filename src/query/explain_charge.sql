-- One charge, by its row id.
SELECT {columns} FROM {relation} WHERE x_RowId = ?
