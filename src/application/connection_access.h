/// How a connection reaches Azure: what a request gives is put into its settings, and its secrets are sealed and kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/azure_sessions.h"
#include "foundation/base/result.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"

namespace apportion {

/// A secret that was given, not yet sealed.
struct GivenSecret {
  std::string name;  ///< `client-secret`, …, as `azure_sessions.h` has them.
  std::string text;
  std::optional<Day> expires_on = std::nullopt;
};

/// The legacy part of a connection. What was not given stays as it is.
struct LegacyRequest {
  bool wanted = false;                            ///< With both kinds of lines, if nothing else was said of it.
  std::optional<std::vector<std::string>> fetch;  ///< `reconciliation`, `daily-usage`; none: the part goes.
  std::optional<std::string> auth;  ///< A kind as `parse_credential_kind` knows it; empty: none of its own.
  std::optional<std::string> tenant;
  std::optional<std::string> client_id;
  std::optional<std::string> certificate;
  std::optional<std::string> token_file;

  /// Whether anything was given.
  bool any() const;
};

/// What was given; what was not given stays as it is.
struct AccessRequest {
  std::optional<std::string> auth;  ///< A kind as `parse_credential_kind` knows it.
  std::optional<std::string> tenant;
  std::optional<std::string> client_id;
  std::optional<std::string> certificate;
  std::optional<std::string> token_file;
  std::optional<bool> rs256;
  std::optional<std::string> storage_tenant;
  std::optional<std::string> cloud;
  std::optional<std::string> login;
  std::optional<std::string> arm;
  std::optional<std::string> storage_suffix;
  std::optional<std::string> graph;
  std::optional<std::string> api_version;
  std::optional<std::string> scope;  ///< ARM id.
  std::optional<std::string> billing_account;
  std::optional<std::string> billing_profile;
  std::optional<std::string> customer_tenant;
  std::optional<std::string> subscription;
  std::optional<bool> use_reports;
  LegacyRequest legacy;
  std::vector<GivenSecret> secrets;

  /// Whether anything was given.
  bool any() const;
  /// Whether a scope was named, in whichever way.
  bool names_scope() const;
  /// Whether a secret of this name was given.
  bool has_secret(std::string_view name) const;
};

/// Puts the request into the settings and checks that they fit together. Errors: kOptionsContradict,
/// kNoSuchCredentialKind, those of scopes.
Result<void> apply_access(const AccessRequest& request, AzureSettings& settings);

/// The legacy part of a connection once the request is put into it; nothing if it has none. `settings`: the
/// connection's, with the request in them. Errors: kOptionsContradict, kNoSuchCredentialKind, kFieldInvalid.
Result<std::optional<LegacySettings>> apply_legacy(const AccessRequest& request, const AzureSettings& settings,
                                                   std::optional<LegacySettings> before);

/// `reconciliation`, `daily-usage`: what a dataset of `kInvoiceDatasets` is called in the legacy part of a connection.
std::string_view legacy_name(Dataset dataset);

/// Takes the SAS out of the locations' URLs: they are kept sealed, not in the locations.
std::vector<GivenSecret> take_sas_of_locations(std::map<Dataset, std::string>& locations);

/// Forgets the SAS of locations that have moved: it would be sent to a host that it was not issued for.
Result<void> drop_sas_of_moved(AzureCatalog& catalog, const Connection& before, const Connection& after);

/// Seals the secrets and keeps them for a connection.
Result<void> keep_secrets(const Environment& environment, const Workspace& workspace, AzureCatalog& catalog,
                          ConnectionId connection, const std::vector<GivenSecret>& secrets);

}  // namespace apportion
