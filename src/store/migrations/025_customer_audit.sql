-- Entries say where a request came from, whom they concern, and whether that customer's own people did it. Older ones
-- hold NULL in all three, and hash without them.
ALTER TABLE audit_log ADD COLUMN address TEXT;
ALTER TABLE audit_log ADD COLUMN customer TEXT;
ALTER TABLE audit_log ADD COLUMN by_customer INTEGER
  CHECK ((by_customer IS NULL) = (customer IS NULL) AND (customer IS NULL) = (address IS NULL));
CREATE INDEX audit_log_by_customer ON audit_log (customer, id) WHERE customer <> '';
