-- The charges to be shared, numbered by their ids so that they can be read in batches, always the same ones.
CREATE OR REPLACE TEMP TABLE split_shared_charges AS
SELECT row_number() OVER (ORDER BY c.x_RowId) AS position, o.outcome, c.x_RowId, c.BillingCurrency, c.ChargeCategory,
       c.BilledCost, c.EffectiveCost, c.ListCost, c.ContractedCost, c.PricingQuantity, c.ConsumedQuantity
FROM split_classified c JOIN split_shared o ON o.Currency = c.BillingCurrency{same_classes}
