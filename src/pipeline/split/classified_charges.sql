-- The charges, each with the class of every column that rules look at. What is wanted is a WHERE, or nothing.
SELECT c.x_RowId, c.BillingCurrency, c.ChargeCategory, c.x_CustomerTenantId, c.x_CustomerTenantName,
       c.BilledCost, c.EffectiveCost, c.ListCost, c.ContractedCost, c.PricingQuantity, c.ConsumedQuantity{class_columns}
FROM {charges} c
{joins}{wanted}
