#include "application/azure_sessions.h"

#include <utility>

#include <fmt/format.h>

#include "azure/certificate.h"
#include "azure/sas.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr int kImpatientAttempts = 2;
constexpr std::int64_t kDaySeconds = 86'400;

Result<SecretBox> secret_box(const Environment& environment, const Workspace& workspace, SecretBox::Use use) {
  return SecretBox::with_key_of(workspace.home.folder(), environment, use);
}

RetryWorld retry_world(const AzureWorld& azure) {
  RetryWorld world;
  world.epoch_seconds = azure.epoch_seconds;
  world.told = azure.waits;
  return world;
}

CredentialSettings legacy_credential(const LegacySettings& settings, const AzureSettings& connection) {
  CredentialSettings credential;
  credential.kind = parse_credential_kind(settings.credential).value_or(CredentialKind::kNone);
  credential.tenant = settings.tenant.empty() ? connection.tenant : settings.tenant;
  credential.client_id = settings.client_id.empty() ? connection.client_id : settings.client_id;
  credential.certificate_file = settings.certificate_file;
  credential.token_file = settings.token_file;
  return credential;
}

CredentialSettings credential_settings(const AzureSettings& settings) {
  CredentialSettings credential;
  credential.kind = parse_credential_kind(settings.credential).value_or(CredentialKind::kNone);
  credential.tenant = settings.tenant;
  credential.client_id = settings.client_id;
  credential.certificate_file = settings.certificate_file;
  credential.token_file = settings.token_file;
  credential.sign_with_rs256 = settings.sign_with_rs256;
  return credential;
}

Day day_of(std::int64_t epoch_seconds) { return Day(static_cast<std::int32_t>(epoch_seconds / kDaySeconds)); }

std::optional<std::string> given(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

}  // namespace

std::string connection_owner(ConnectionId connection) { return fmt::format("connection#{}", connection.raw()); }

std::string location_sas_name(Dataset dataset) { return fmt::format("{}:{}", kSas, dataset_short_name(dataset)); }

std::string step_giving_secret(const std::string& connection, std::string_view secret) {
  if (secret == kClientSecret) return step(Step::kGiveClientSecret, {{"connection", connection}});
  if (secret == kCertificatePassword) return step(Step::kGiveCertificatePassword, {{"connection", connection}});
  if (secret == kSas) return step(Step::kGiveReadingSas, {{"connection", connection}});
  if (secret == kDeliverySas) return step(Step::kGiveDeliverySas, {{"connection", connection}});
  const std::string of_location = fmt::format("{}:", kSas);
  if (!secret.starts_with(of_location)) return step(Step::kEditConnection, {{"connection", connection}});
  const std::string dataset(secret.substr(of_location.size()));
  return step(Step::kGiveLocationSas, {{"connection", connection}, {"dataset", dataset}});
}

std::optional<Day> sas_expiry_day(const std::string& sas) {
  const auto parsed = parse_sas(sas);
  if (!parsed || !parsed->ends_at) return std::nullopt;
  return day_of(*parsed->ends_at);
}

Gateway::Gateway(AzureWorld world)
    : world_(std::move(world)),
      curl_([this] {
        CurlOptions options = curl_options_of_environment(world_.variable);
        options.user_agent = "apportion";
        return options;
      }()),
      retrying_(curl_, {}, retry_world(world_)),
      impatient_(curl_, {.attempts_max = kImpatientAttempts}, retry_world(world_)) {}

Result<AzureCatalog> open_catalog(const Workspace& workspace) {
  return AzureCatalog::open(workspace.home.control_plane_file(), workspace.clock);
}

std::string Secrets::get(const std::string& name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::string() : found->second;
}

Result<Secrets> open_secrets(const Environment& environment, const Workspace& workspace,
                             const std::vector<SealedSecret>& sealed) {
  std::map<std::string, std::string> texts;
  if (!sealed.empty()) {
    APPORTION_ASSIGN(const SecretBox box, secret_box(environment, workspace, SecretBox::Use::kOpen));
    for (const SealedSecret& secret : sealed) {
      APPORTION_ASSIGN(texts[secret.name], box.open(secret.sealed, {secret.owner, secret.name}));
    }
  }
  return Secrets(std::move(texts));
}

Result<SealedSecret> seal(const Environment& environment, const Workspace& workspace, const std::string& owner,
                          const std::string& name, const std::string& text, std::optional<Day> expires_on) {
  APPORTION_ASSIGN(const SecretBox box, secret_box(environment, workspace, SecretBox::Use::kSeal));
  return SealedSecret{owner, name, box.seal(text, {owner, name}), expires_on};
}

Result<Cloud> cloud_of(const Environment& environment, const AzureSettings& settings) {
  const bool is_custom = settings.cloud == "custom";
  APPORTION_ASSIGN(Cloud cloud, cloud_named(is_custom ? "public" : settings.cloud));
  APPORTION_ASSIGN(cloud, cloud_with(std::move(cloud), cloud_parts_of_environment(environment)));
  if (!is_custom) return cloud;
  cloud.name = settings.cloud;
  return cloud_with(std::move(cloud), {given(settings.login), given(settings.arm), given(settings.storage_suffix),
                                       given(settings.graph)});
}

Result<std::vector<Expiry>> file_expiries(const Environment& environment, const Workspace& workspace,
                                          const AzureCatalog& catalog) {
  std::vector<Expiry> expiries;
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  for (const Connection& connection : connections) {
    APPORTION_ASSIGN(const auto settings, catalog.settings(connection.id));
    APPORTION_ASSIGN(const auto legacy, catalog.legacy(connection.id));
    std::vector<std::pair<std::string, const char*>> files;  // and the names of their passwords
    if (settings && !settings->certificate_file.empty())
      files.emplace_back(settings->certificate_file, kCertificatePassword);
    if (legacy && !legacy->certificate_file.empty())
      files.emplace_back(legacy->certificate_file, kLegacyCertificatePassword);
    if (files.empty()) continue;
    APPORTION_ASSIGN(const auto sealed, catalog.secrets(connection.id));
    APPORTION_ASSIGN(const Secrets secrets, open_secrets(environment, workspace, sealed));
    for (const auto& [file, password] : files) {
      const auto certificate = SigningCertificate::read(file, secrets.get(password));
      if (certificate) expiries.push_back({connection.name, "certificate " + file, day_of(certificate->ends_at())});
    }
  }
  return expiries;
}

Result<std::unique_ptr<AzureSession>> AzureSession::open(const Workspace& workspace, const AzureCatalog& catalog,
                                                         const Connection& connection, Gateway& gateway,
                                                         HttpTransport* sign_in_by) {
  const Environment& environment = gateway.world().variable;
  APPORTION_ASSIGN(auto kept, catalog.settings(connection.id));
  AzureSettings settings = kept.value_or(AzureSettings());
  APPORTION_ASSIGN(Cloud cloud, cloud_of(environment, settings));
  APPORTION_ASSIGN(const auto sealed, catalog.secrets(connection.id));
  APPORTION_ASSIGN(Secrets secrets, open_secrets(environment, workspace, sealed));
  std::unique_ptr<AzureSession> opened(
      new AzureSession(std::move(settings), std::move(cloud), std::move(secrets), connection.name, gateway));
  APPORTION_ASSIGN(opened->legacy_, catalog.legacy(connection.id));
  CredentialWorld world;
  world.transport = sign_in_by != nullptr ? sign_in_by : &gateway.transport();
  world.cloud = opened->cloud_;
  world.epoch_seconds = gateway.world().epoch_seconds;
  world.variable = environment;
  const auto tokens = [&](const CredentialSettings& credential, const char* secret,
                          const char* password) -> Result<std::shared_ptr<TokenSource>> {
    if (credential.kind == CredentialKind::kNone) return std::shared_ptr<TokenSource>();
    APPORTION_ASSIGN(
        auto made, make_credential(credential, {opened->secrets_.get(secret), opened->secrets_.get(password)}, world));
    return std::make_shared<TokenSource>(std::move(made));
  };
  APPORTION_ASSIGN(opened->tokens_,
                   tokens(credential_settings(opened->settings_), kClientSecret, kCertificatePassword));
  opened->graph_tokens_ = opened->tokens_;
  if (opened->legacy_ && opened->legacy_->signs_in_by_itself()) {
    auto own = tokens(legacy_credential(*opened->legacy_, opened->settings_), kLegacyClientSecret,
                      kLegacyCertificatePassword);
    if (own) {
      opened->graph_tokens_ = *std::move(own);
    } else {
      opened->graph_tokens_.reset();
      opened->graph_error_ = own.error();
    }
  }
  return opened;
}

Result<ArmClient> AzureSession::arm() {
  if (tokens_) return ArmClient(gateway_->transport(), *tokens_, cloud_, settings_.tenant, gateway_->cancel());
  return Error{ErrorId::kConnectionHasNoCredential, "this connection has no way to sign in", connection_,
               "it was set up for folders or a SAS, but the management API needs a token",
               "say how it signs in: " + step(Step::kSignIn, {{"connection", connection_}})};
}

AzureAccess AzureSession::access_to(Dataset dataset) const {
  AzureAccess access = access_by_link();
  access.tokens = tokens_.get();
  access.storage_tenant = settings_.storage_tenant;
  const std::string own = secrets_.get(location_sas_name(dataset));
  access.sas = own.empty() ? secrets_.get(kSas) : own;
  return access;
}

AzureAccess AzureSession::access_by_link() const {
  AzureAccess access;
  access.transport = &gateway_->transport();
  access.storage_suffix = cloud_.storage_suffix;
  access.party = connection_;
  access.cancel = gateway_->cancel();
  access.budget = gateway_->budget();
  return access;
}

const std::string& AzureSession::graph_tenant() const {
  return legacy_ && !legacy_->tenant.empty() ? legacy_->tenant : settings_.tenant;
}

Result<JsonClient> AzureSession::graph() {
  if (cloud_.graph.empty()) {
    return Error{ErrorId::kOperationInvalid, "could not ask Microsoft Graph for lines of invoices", connection_,
                 fmt::format("it has no billing of partners in the cloud {}", cloud_.name),
                 "download the files from Partner Center, and import them: " + step(Step::kImportInvoiceLines)};
  }
  if (graph_error_) return *graph_error_;
  if (graph_tokens_) {
    return JsonClient(gateway_->transport(), *graph_tokens_, {graph_tenant(), cloud_.graph_scope()},
                      gateway_->cancel());
  }
  return Error{ErrorId::kConnectionHasNoCredential, "this connection has no way to sign in", connection_,
               "Microsoft Graph needs a token",
               "say how it signs in: " + step(Step::kSignIn, {{"connection", connection_}})};
}

Result<AzureSession*> AzureSessions::of(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(connection.id);
  if (found != sessions_.end()) return found->second.get();
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(*workspace_));
  APPORTION_ASSIGN(auto opened, AzureSession::open(*workspace_, catalog, connection, *gateway_));
  return (sessions_[connection.id] = std::move(opened)).get();
}

StoreProvider AzureSessions::stores() {
  return [this](const Connection& connection, const std::string& location) -> Result<std::unique_ptr<BlobStore>> {
    if (!is_blob_location(location)) return store_of_folder(location);
    APPORTION_ASSIGN(AzureSession* const azure, of(connection));
    Dataset dataset = Dataset::kActualCost;
    for (const auto& [known, url] : connection.locations) {
      if (url == location) dataset = known;
    }
    return store_of_location(location, azure->access_to(dataset));
  };
}

}  // namespace apportion
