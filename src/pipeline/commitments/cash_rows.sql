-- Purchases, payments and refunds, each with whom it was assigned to.
SELECT id, reservation, product_order, kind, x_RowId, x_BillSource, x_BillMonth, is_refund, frequency, day, currency,
  BilledCost, pricing_currency, pricing_cost, PricingQuantity, term, CustomerId, tenant, tenant_name, is_of_partner,
  region, description, name
FROM commitment_parts
WHERE part = 'cash' AND x_AssignmentKind <> 'move'
ORDER BY x_BillMonth, day, x_RowId, CustomerId
