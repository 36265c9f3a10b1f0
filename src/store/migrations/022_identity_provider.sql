-- The identity provider that people may sign in with: one at most. Its client secret is in `sealed_secret`.
CREATE TABLE identity_provider (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  service_url TEXT NOT NULL,
  label TEXT NOT NULL,
  trusts_names INTEGER NOT NULL CHECK (trusts_names IN (0, 1)),
  own_tenant TEXT NOT NULL DEFAULT '',
  changed_at INTEGER NOT NULL
) STRICT;
