-- The charges to be shared, numbered so that they can be read in batches.
CREATE OR REPLACE TEMP TABLE split_shared_charges AS
SELECT row_number() OVER () AS position, o.outcome, c.x_RowId, c.BillingCurrency, c.ChargeCategory,
       c.BilledCost, c.EffectiveCost, c.ListCost, c.ContractedCost, c.PricingQuantity, c.ConsumedQuantity
FROM split_classified c JOIN split_shared o ON o.Currency = c.BillingCurrency{same_classes}
