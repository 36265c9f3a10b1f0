/// How a connection reaches Azure, as options of `connection add` and `connection edit`. Internal to `cli`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "azure/connect/scope.h"
#include "foundation/base/result.h"
#include "serve/cli/session.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"

namespace apportion {

/// What was given; what was not stays as it is.
struct AccessOptions {
  std::optional<std::string> auth;
  std::optional<std::string> tenant;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret_file;
  std::optional<std::string> certificate;
  std::optional<std::string> certificate_password_file;
  std::optional<std::string> token_file;
  std::optional<bool> rs256;
  std::optional<std::string> storage_tenant;
  std::optional<std::string> sas_file;
  std::optional<Day> secret_expires;
  std::optional<std::string> cloud;
  std::optional<std::string> login;
  std::optional<std::string> arm;
  std::optional<std::string> storage_suffix;
  std::optional<std::string> api_version;
  std::optional<std::string> scope;  ///< ARM id.
  std::optional<std::string> billing_account;
  std::optional<std::string> billing_profile;
  std::optional<std::string> customer_tenant;
  std::optional<std::string> subscription;
  std::optional<bool> use_reports;

  void add_options(CLI::App* command);
  /// Whether anything was given.
  bool any() const;
  /// Whether a scope was named, in whichever way.
  bool names_scope() const;
};

/// A secret that was given, not yet sealed.
struct GivenSecret {
  std::string name;
  std::string text;
  std::optional<Day> expires_on = std::nullopt;
};

/// Puts the options into the settings and checks that they fit together. kUsage.
Result<void> apply_access(const AccessOptions& options, AzureSettings& settings);

/// Reads the secrets from the files that the options name.
Result<std::vector<GivenSecret>> read_given_secrets(Session& session, const AccessOptions& options);

/// Takes the SAS out of the locations' URLs: they are kept sealed, not in the locations.
std::vector<GivenSecret> take_sas_of_locations(std::map<Dataset, std::string>& locations);

/// Forgets the SAS of locations that are not where they were: it would be sent to whom it was not given for.
Result<void> drop_sas_of_moved(AzureCatalog& catalog, const Connection& before, const Connection& after);

/// Seals the secrets and keeps them for a connection.
Result<void> keep_secrets(Session& session, const Workspace& workspace, AzureCatalog& catalog, ConnectionId connection,
                          const std::vector<GivenSecret>& secrets);

}  // namespace apportion
