-- The legacy way beside exports: invoice lines of Microsoft Graph, and invoices of the Billing API.
ALTER TABLE azure_settings ADD COLUMN graph TEXT NOT NULL DEFAULT '';

-- What is fetched of invoices, by dataset and comma, and how to sign in for it: `credential` is empty where the
-- connection's own signs in.
CREATE TABLE legacy_settings (
  connection_id INTEGER NOT NULL PRIMARY KEY REFERENCES connection (id) ON DELETE CASCADE,
  datasets TEXT NOT NULL CHECK (datasets <> ''),
  credential TEXT NOT NULL,
  tenant TEXT NOT NULL,
  client_id TEXT NOT NULL,
  certificate_file TEXT NOT NULL,
  token_file TEXT NOT NULL
) STRICT;

-- What Microsoft Graph answered last about the lines of an invoice. `etag` is that of the lines that were imported,
-- empty if there were none.
CREATE TABLE fetched_lines (
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  invoice TEXT NOT NULL,
  etag TEXT NOT NULL,
  asked_on TEXT NOT NULL CHECK (asked_on GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  PRIMARY KEY (connection_id, dataset, invoice)
) STRICT, WITHOUT ROWID;

-- Invoices as the Billing API lists them; `total` is before tax. Texts are empty where it says nothing.
CREATE TABLE fetched_invoice (
  number TEXT NOT NULL PRIMARY KEY CHECK (number <> ''),
  connection_id INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
  currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  total TEXT NOT NULL CHECK (total <> '' AND total NOT GLOB '*[^-0-9.]*'),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  due_on TEXT NOT NULL,
  credit_for TEXT NOT NULL
) STRICT, WITHOUT ROWID;
