CREATE OR REPLACE TEMP TABLE split_shares ({columns})
