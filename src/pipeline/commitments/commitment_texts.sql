-- How the rows that use commitments name them.
SELECT DISTINCT id, reservation FROM commitment_parts WHERE part = 'used'
