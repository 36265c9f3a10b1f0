-- The charges of a scope with the columns of a FOCUS file, before costs are shown as the view has them. The braces hold
-- columns of the scope, a condition and an order.
SELECT {columns}
FROM assigned_charges a
LEFT JOIN customers c ON a.CustomerId = c.CustomerId AND a.x_CustomerNames = c.x_CustomerNames
WHERE {condition}
ORDER BY {order}
