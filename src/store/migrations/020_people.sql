-- People, what they sign in with, and tokens. Moments that are compared are seconds since 1970; secrets are there as
-- hashes only. Who belongs to a customer is removed before the customer is.
CREATE TABLE user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  customer_id TEXT REFERENCES customer (id),
  password_hash TEXT NOT NULL DEFAULT '',
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CHECK ((role IN ('customer-admin', 'customer-viewer')) = (customer_id IS NOT NULL))
) STRICT;
CREATE INDEX user_by_customer ON user (customer_id);

-- The second factor: the secret of a user's one-time codes, sealed, and the last step that was used. It counts once the
-- user has shown a code.
CREATE TABLE one_time_code (
  user_id INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
  sealed TEXT NOT NULL,
  sealed_for TEXT NOT NULL,
  confirmed INTEGER NOT NULL DEFAULT 0,
  last_step INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Codes for the day when the second factor is lost, each good for once.
CREATE TABLE recovery_code (
  user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,
  PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

-- Who a user is to an identity provider.
CREATE TABLE provider_identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_identity_by_user ON provider_identity (user_id);

-- Entra tenants whose people sign in as those of a customer.
CREATE TABLE sign_in_tenant (
  tenant_id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id)
) STRICT, WITHOUT ROWID;

-- Without a user, it is the session of somebody who may run the program in this home.
CREATE TABLE session (
  secret_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id INTEGER REFERENCES user (id) ON DELETE CASCADE,
  os_user TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  idle_end INTEGER NOT NULL,
  last_end INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  CHECK ((user_id IS NULL) = (os_user <> ''))
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user_id);

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  customer_id TEXT REFERENCES customer (id),
  ends_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  used_at INTEGER NOT NULL DEFAULT 0,
  CHECK ((role IN ('customer-admin', 'customer-viewer')) = (customer_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Invitations, resets of a password, and links that sign somebody in: each is good for once.
CREATE TABLE one_time_link (
  secret_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'reset', 'sign-in')),
  user_id INTEGER REFERENCES user (id) ON DELETE CASCADE,
  os_user TEXT NOT NULL DEFAULT '',
  ends_at INTEGER NOT NULL,
  CHECK ((user_id IS NULL) = (purpose = 'sign-in'))
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_link_by_user ON one_time_link (user_id);

-- How often signing in failed, of a name that was typed or of an address. Of both, only the hash: a name may be a
-- password that was typed into the wrong field.
CREATE TABLE sign_in_failure (
  who_hash TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  locked_until INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
