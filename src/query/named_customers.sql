-- Customers as they are called today.
SELECT CustomerId, CustomerName, CustomerExternalId
FROM stored_customers
WHERE x_CustomerNames = 0
