-- What matching found, by currency and classes: to whom a charge goes as a whole, or which shares it is split into.
CREATE OR REPLACE TEMP TABLE split_direct (Currency VARCHAR, CustomerId VARCHAR, x_RuleNumber BIGINT{class_columns});
CREATE OR REPLACE TEMP TABLE split_shared (Currency VARCHAR, outcome BIGINT{class_columns});
