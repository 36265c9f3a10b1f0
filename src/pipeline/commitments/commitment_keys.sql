-- Which commitment the texts of rows name.
CREATE OR REPLACE TEMP TABLE commitment_keys (id VARCHAR, reservation VARCHAR, commitment VARCHAR)
