-- Which policy takes which commitment, and the moves it makes. Moves of one charge sum to zero.
CREATE OR REPLACE TEMP TABLE policy_choice (
  id VARCHAR, reservation VARCHAR, x_RuleNumber BIGINT, buyer VARCHAR, used VARCHAR
);
CREATE OR REPLACE TEMP TABLE policy_moves (
  x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT, BilledCost DECIMAL(38,18), EffectiveCost DECIMAL(38,18),
  ListCost DECIMAL(38,18), ContractedCost DECIMAL(38,18), PricingQuantity DECIMAL(38,18),
  ConsumedQuantity DECIMAL(38,18)
)
