/// Turns what the control plane keeps into live access to Azure: network, secrets, signed-in clients.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "application/alerts.h"
#include "azure/arm_client.h"
#include "azure/credential_settings.h"
#include "azure/curl_transport.h"
#include "azure/retry.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/azure_access.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/fetch_budget.h"
#include "pipeline/fetch/store_of_location.h"
#include "pipeline/publication/workspace.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"
#include "store/secret_box.h"

namespace apportion {

/// Reads a variable of the process's environment.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// What reaching Azure needs from around the process.
struct AzureWorld {
  Environment variable;
  std::function<std::int64_t()> epoch_seconds;    ///< Wall clock, UTC: for signing in.
  std::function<void(const RetryNotice&)> waits;  ///< Called before each pause, from any thread; may be empty.
  Cancel cancel = {};                             ///< Ends every wait for the network.
};

/// Names under which the secrets of a connection are kept.
inline constexpr const char* kClientSecret = "client-secret";
inline constexpr const char* kCertificatePassword = "certificate-password";
/// The same of the legacy part.
inline constexpr const char* kLegacyClientSecret = "legacy-client-secret";
inline constexpr const char* kLegacyCertificatePassword = "legacy-certificate-password";
/// A SAS for reading is kept as `sas:` and the dataset's short name, or as `sas` for all locations; one that Azure
/// writes exports with as `sas:delivery`.
inline constexpr const char* kSas = "sas";
inline constexpr const char* kDeliverySas = "sas:delivery";

/// The owner that the seals of a connection's secrets name: never the same for two connections in the life of a home.
std::string connection_owner(ConnectionId connection);
std::string location_sas_name(Dataset dataset);
/// The next step (next_step.h) by which a secret of this name, or whatever a connection signs in with, is given again.
std::string step_giving_secret(const std::string& connection, std::string_view secret);

/// The day on which a SAS ends, if it says so.
std::optional<Day> sas_expiry_day(const std::string& sas);

/// A use case's only access to the network. Retries, reports waits, ends when its world's cancel is requested.
class Gateway {
 public:
  explicit Gateway(AzureWorld world);

  const AzureWorld& world() const { return world_; }
  HttpTransport& transport() { return retrying_; }
  /// Gives up early: for probes, since somebody is waiting for the answer.
  HttpTransport& impatient() { return impatient_; }
  const Cancel& cancel() const { return world_.cancel; }
  const std::shared_ptr<FetchBudget>& budget() const { return budget_; }

 private:
  AzureWorld world_;
  CurlTransport curl_;
  RetryingTransport retrying_;
  RetryingTransport impatient_;
  std::shared_ptr<FetchBudget> budget_ = std::make_shared<FetchBudget>();
};

Result<AzureCatalog> open_catalog(const Workspace& workspace);

/// Secrets of a connection or a channel, opened.
class Secrets {
 public:
  explicit Secrets(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}
  /// Empty when there is none of this name.
  std::string get(const std::string& name) const;

 private:
  std::map<std::string, std::string> texts_;
};

Result<Secrets> open_secrets(const Environment& environment, const Workspace& workspace,
                             const std::vector<SealedSecret>& sealed);
Result<SealedSecret> seal(const Environment& environment, const Workspace& workspace, const std::string& owner,
                          const std::string& name, const std::string& text, std::optional<Day> expires_on = {});

/// The clouds by name, the environment's endpoints, and a custom one by its parts.
Result<Cloud> cloud_of(const Environment& environment, const AzureSettings& settings);

/// When the certificates in files end.
Result<std::vector<Expiry>> file_expiries(const Environment& environment, const Workspace& workspace,
                                          const AzureCatalog& catalog);

/// A connection, signed in. Lives no longer than its gateway.
class AzureSession {
 public:
  /// Settings that are not there read as storage without a credential. `sign_in_by` is what tokens are asked for with:
  /// the gateway's patient transport unless somebody is waiting for the answer.
  static Result<std::unique_ptr<AzureSession>> open(const Workspace& workspace, const AzureCatalog& catalog,
                                                    const Connection& connection, Gateway& gateway,
                                                    HttpTransport* sign_in_by = nullptr);

  const AzureSettings& settings() const { return settings_; }
  const Cloud& cloud() const { return cloud_; }
  const Secrets& secrets() const { return secrets_; }
  /// Null without a credential.
  TokenSource* tokens() { return tokens_.get(); }
  /// Error: kConnectionHasNoCredential.
  Result<ArmClient> arm();
  /// For reading a location.
  AzureAccess access_to(Dataset dataset) const;
  /// For downloading by links that carry their own right.
  AzureAccess access_by_link() const;

  /// Nothing if the connection has no legacy part.
  const std::optional<LegacySettings>& legacy() const { return legacy_; }
  /// What signs in to Microsoft Graph; null without a credential.
  TokenSource* graph_tokens() { return graph_tokens_.get(); }
  /// Why the legacy part cannot sign in by itself, such as a secret that is missing; exports do without it.
  const std::optional<Error>& graph_error() const { return graph_error_; }
  /// Whose token Microsoft Graph is asked with: the partner's tenant, as the connection names it; may be empty.
  const std::string& graph_tenant() const;
  /// Errors: `graph_error`; kConnectionHasNoCredential; kOperationInvalid in clouds where Graph has no billing of
  /// partners.
  Result<JsonClient> graph();

 private:
  AzureSession(AzureSettings settings, Cloud cloud, Secrets secrets, std::string connection, Gateway& gateway)
      : settings_(std::move(settings)),
        cloud_(std::move(cloud)),
        secrets_(std::move(secrets)),
        connection_(std::move(connection)),
        gateway_(&gateway) {}

  AzureSettings settings_;
  Cloud cloud_;
  Secrets secrets_;
  std::string connection_;
  Gateway* gateway_;
  std::shared_ptr<TokenSource> tokens_;
  std::optional<LegacySettings> legacy_;
  std::shared_ptr<TokenSource> graph_tokens_;
  std::optional<Error> graph_error_;
};

/// Sessions of connections, opened when first asked for and kept; the stores of a workspace come from here.
/// Thread-safe.
class AzureSessions {
 public:
  /// All must outlive it.
  AzureSessions(const Workspace& workspace, Gateway& gateway) : workspace_(&workspace), gateway_(&gateway) {}

  Result<AzureSession*> of(const Connection& connection);
  /// Opens locations in blob storage with the rights of their connection.
  StoreProvider stores();

 private:
  const Workspace* workspace_;
  Gateway* gateway_;
  std::mutex mutex_;
  std::map<ConnectionId, std::unique_ptr<AzureSession>> sessions_;
};

}  // namespace apportion
