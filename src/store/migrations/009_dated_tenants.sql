-- Tenants that come to a customer on a day. A tenant comes to one customer at most on one day.
CREATE TABLE customer_dated_tenant (
  tenant_id TEXT NOT NULL CHECK (tenant_id <> '' AND tenant_id = lower(tenant_id)),
  from_day TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  PRIMARY KEY (tenant_id, from_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_dated_tenant_by_customer ON customer_dated_tenant (customer_id);
