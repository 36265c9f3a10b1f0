-- The charges that a preview cannot do without: those of cells that do not say by which rule they go.
SELECT {columns} FROM {charges} c WHERE {where}
