#include "application/cluster.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "application/partner_only.h"
#include "azure/curl_transport.h"
#include "azure/http.h"
#include "azure/retry.h"
#include "engine/trino/table_registry.h"
#include "engine/trino/trino_client.h"
#include "engine/trino/trino_workbench.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "lake/delta_relations.h"
#include "store/azure_catalog.h"

namespace apportion {
namespace {

constexpr const char* kOwner = "engine:trino";  // under which the secret is kept
constexpr const char* kPassword = "password";
constexpr const char* kToken = "token";
constexpr std::size_t kTextBytesMax = 500;

// The settings of the table of the control plane, by their names there.
struct ClusterSetting {
  const char* name;
  std::string ClusterSettings::*text;
};
constexpr auto kSettings = std::to_array<ClusterSetting>({{"trino.url", &ClusterSettings::url},
                                                          {"trino.catalog", &ClusterSettings::catalog},
                                                          {"trino.schema", &ClusterSettings::schema},
                                                          {"trino.user", &ClusterSettings::user},
                                                          {"trino.session", &ClusterSettings::session}});
constexpr const char* kEngine = "engine";
constexpr const char* kTrino = "trino";

Error invalid(std::string_view field, std::string_view value, std::string why, std::string next) {
  return {ErrorId::kSettingValueInvalid, "the settings of the Trino cluster are not valid",
          fmt::format("{} `{}`", field, excerpt(value)), std::move(why), std::move(next)};
}

Error no_cluster() {
  return {ErrorId::kNoSuchSetting, "no Trino cluster is set up", "", "its address is not known",
          "name its address, catalog, schema and user: " + step(Step::kSetCluster)};
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= kTextBytesMax &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// `name=value,name=value`; nothing if it is something else.
std::optional<std::vector<std::pair<std::string, std::string>>> session_in(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> session;
  for (const std::string_view part : split_text(text, ',')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, std::min(equals, part.size()));
    const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
    if (equals == std::string_view::npos || !is_name) return std::nullopt;
    session.emplace_back(name, part.substr(equals + 1));
  }
  return session;
}

Result<void> check_request(const ClusterRequest& request) {
  if (!is_plain(request.url) || !is_secure(request.url) ||
      request.url.find('/', request.url.find("://") + 3) != std::string::npos) {
    return invalid("url", request.url, "expected https://HOST:PORT, or http:// to this machine, without a path",
                   "give the address of Trino's coordinator");
  }
  for (const auto& [field, value] : {std::pair("catalog", &request.catalog), std::pair("schema", &request.schema),
                                     std::pair("user", &request.user)}) {
    if (!is_plain(*value)) return invalid(field, *value, "expected ASCII characters without blanks", "correct it");
  }
  if (!session_in(request.session)) {
    return invalid("session", request.session, "expected NAME=VALUE, separated by commas",
                   "for example: retry_policy=TASK,query_max_run_time=10m");
  }
  if (request.password && request.token)
    return invalid("user", request.user, "a password and a token are given", "give one of them");
  return ok();
}

Result<std::optional<ClusterView>> stored_cluster(const Workspace& workspace) {
  APPORTION_ASSIGN(const auto stored, workspace.control_plane.stored_settings());
  if (!stored.contains("trino.url")) return std::optional<ClusterView>();
  ClusterView view;
  for (const ClusterSetting& setting : kSettings) {
    const auto found = stored.find(setting.name);
    if (found != stored.end()) view.*setting.text = found->second;
  }
  const auto engine = stored.find(kEngine);
  view.answers_by_itself = engine != stored.end() && engine->second == kTrino;
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto sealed, catalog.owned_secrets(kOwner));
  view.signs_in_by = sealed.empty() ? "nothing" : sealed.front().name;
  return std::optional(std::move(view));
}

Result<TrinoSettings> trino_settings(const Workspace& workspace, const Environment& environment,
                                     const ClusterView& view) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto sealed, catalog.owned_secrets(kOwner));
  APPORTION_ASSIGN(const Secrets secrets, open_secrets(environment, workspace, sealed));
  return TrinoSettings{view.url,
                       view.catalog,
                       view.schema,
                       view.user,
                       secrets.get(kPassword),
                       secrets.get(kToken),
                       session_in(view.session).value_or(std::vector<std::pair<std::string, std::string>>())};
}

}  // namespace

Result<ClusterView> set_cluster(const Caller& caller, const Environment& environment, WritableWorkspace& writable,
                                const ClusterRequest& request) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_TRY(check_request(request));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const auto before, stored_cluster(writable.workspace));
  // A secret goes to the address that it was given for, and to no other.
  const bool keeps_secret = !request.password && !request.token && before && before->url == request.url;
  AzureCatalog catalog = AzureCatalog::of(control_plane);
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  for (const ClusterSetting& setting : kSettings) {
    const std::string& value = request.*setting.text;
    APPORTION_TRY(control_plane.put_setting(setting.name, value.empty() ? std::nullopt : std::optional(value)));
  }
  APPORTION_TRY(control_plane.put_setting(
      kEngine, request.answers_by_itself ? std::optional<std::string>(kTrino) : std::nullopt));
  if (!keeps_secret) APPORTION_TRY(catalog.remove_owned_secrets(kOwner));
  for (const auto& [name, secret] : {std::pair(kPassword, &request.password), std::pair(kToken, &request.token)}) {
    if (!*secret) continue;
    APPORTION_ASSIGN(const SealedSecret sealed, seal(environment, writable.workspace, kOwner, name, **secret));
    APPORTION_TRY(catalog.put_owned_secret(sealed));
  }
  APPORTION_TRY(transaction.commit());
  return cluster_of(caller, writable.workspace);
}

Result<ClusterView> cluster_of(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(auto view, stored_cluster(workspace));
  if (!view) return no_cluster();
  return *std::move(view);
}

Result<void> remove_cluster(const Caller& caller, WritableWorkspace& writable) {
  APPORTION_TRY(cluster_of(caller, writable.workspace));
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  for (const ClusterSetting& setting : kSettings) APPORTION_TRY(control_plane.put_setting(setting.name, std::nullopt));
  APPORTION_TRY(control_plane.put_setting(kEngine, std::nullopt));
  APPORTION_TRY(AzureCatalog::of(control_plane).remove_owned_secrets(kOwner));
  return transaction.commit();
}

// What asks a cluster, each part of which refers to those before it.
class EngineReading::Cluster {
 public:
  static Result<std::unique_ptr<Cluster>> open(const Workspace& workspace, const Environment& environment,
                                               const ClusterView& view, Workbench& home, const Cancel& cancel) {
    APPORTION_ASSIGN(TrinoSettings settings, trino_settings(workspace, environment, view));
    APPORTION_ASSIGN(auto tables, readable_delta_tables(workspace.home, workspace.control_plane));
    return std::unique_ptr<Cluster>(
        new Cluster(workspace, environment, std::move(settings), std::move(tables), home, cancel));
  }

  Result<std::string> version(const Cancel& cancel) { return client_.version(cancel); }
  LakeReader& lake() { return lake_; }
  const TrinoCounts& counts() const { return workbench_.counts(); }

 private:
  Cluster(const Workspace& workspace, const Environment& environment, TrinoSettings settings,
          std::vector<ReadableDeltaTable> tables, Workbench& home, const Cancel& cancel)
      : curl_(curl_options_of_environment(environment)),
        retrying_(curl_, trino_retries(), {}),
        client_(retrying_, settings, {}),
        relations_(workspace.home.lake(), std::move(tables), {settings.catalog, settings.schema}),
        workbench_(client_, relations_, home, cancel),
        lake_(workbench_, workspace.control_plane, Lake(workspace.home)) {}

  CurlTransport curl_;
  RetryingTransport retrying_;
  TrinoClient client_;
  DeltaRelations relations_;
  TrinoWorkbench workbench_;
  LakeReader lake_;
};

EngineReading::EngineReading(std::unique_ptr<Reading> home) : home_(std::move(home)) {}
EngineReading::EngineReading(EngineReading&&) noexcept = default;
EngineReading& EngineReading::operator=(EngineReading&&) noexcept = default;
EngineReading::~EngineReading() = default;

Result<EngineReading> EngineReading::open(const Caller& caller, const Workspace& workspace,
                                          const Environment& environment, Reading home,
                                          std::optional<EngineChoice> choice, const Cancel& cancel) {
  EngineReading reading(std::make_unique<Reading>(std::move(home)));
  APPORTION_ASSIGN(const auto view, stored_cluster(workspace));
  const EngineChoice by_itself = view && view->answers_by_itself ? EngineChoice::kTrino : EngineChoice::kEmbedded;
  if (choice.value_or(by_itself) == EngineChoice::kEmbedded) return reading;
  APPORTION_TRY(check_partner(caller));
  if (!view) return no_cluster();
  APPORTION_ASSIGN(reading.cluster_, Cluster::open(workspace, environment, *view, reading.home_->workbench(), cancel));
  APPORTION_TRY(reading.cluster_->version(cancel));
  return reading;
}

LakeReader& EngineReading::lake() { return cluster_ ? cluster_->lake() : home_->lake(); }

std::string EngineReading::answered_by() const {
  if (!cluster_) return {};
  const TrinoCounts& counts = cluster_->counts();
  const std::string on_cluster = counts.on_cluster > 0 ? "answered by the Trino cluster: " +
                                                             count_of(counts.on_cluster, "statement")
                                                       : "nothing of this was asked of the Trino cluster";
  if (counts.at_home == 0) return on_cluster;
  return fmt::format("{}; {} read what only this machine has, and ran here", on_cluster,
                     count_of(counts.at_home, "statement"));
}

Result<std::vector<std::string>> check_cluster(const Caller& caller, const Workspace& workspace,
                                               const Environment& environment, const Cancel& cancel) {
  APPORTION_ASSIGN(const ClusterView view, cluster_of(caller, workspace));
  APPORTION_ASSIGN(const TrinoSettings settings, trino_settings(workspace, environment, view));
  CurlTransport curl(curl_options_of_environment(environment));
  RetryingTransport retrying(curl, trino_retries(), {});
  TrinoClient client(retrying, settings, {});
  APPORTION_ASSIGN(const std::string version, client.version(cancel));
  std::vector<std::string> found{fmt::format("Trino {} answers at {}", version, view.url)};
  APPORTION_ASSIGN(auto tables, readable_delta_tables(workspace.home, workspace.control_plane));
  std::vector<std::pair<std::string, std::vector<std::filesystem::path>>> files;
  for (const ReadableDeltaTable& table : tables) {
    auto& of_table = files.emplace_back(table.name, std::vector<std::filesystem::path>());
    for (const auto& [path, source] : table.sources) of_table.second.push_back(workspace.home.lake() / source);
  }
  DeltaRelations relations(workspace.home.lake(), std::move(tables), {view.catalog, view.schema});
  APPORTION_ASSIGN(Reading home, Reading::open(workspace));
  TrinoWorkbench workbench(client, relations, home.workbench(), cancel);
  for (const auto& [name, of_table] : files) {
    const std::string count = fmt::format("SELECT count(*) FROM {} counted", workbench.rows_of_parquet(of_table));
    APPORTION_TRY(workbench.query(count, {}, [&](const EngineRow& row) {
      found.push_back(fmt::format("{}: {}, as published", name, count_of(row.integer(0), "row")));
      return ok();
    }));
  }
  return found;
}

Result<std::vector<std::string>> register_tables(const Caller& caller, const Workspace& workspace,
                                                 const Environment& environment,
                                                 const std::optional<std::string>& place, const Cancel& cancel) {
  APPORTION_ASSIGN(const ClusterView view, cluster_of(caller, workspace));
  APPORTION_ASSIGN(const TrinoSettings settings, trino_settings(workspace, environment, view));
  APPORTION_ASSIGN(const auto tables, readable_delta_tables(workspace.home, workspace.control_plane));
  CurlTransport curl(curl_options_of_environment(environment));
  RetryingTransport retrying(curl, trino_retries(), {});
  TrinoClient client(retrying, settings, {});
  APPORTION_TRY(client.version(cancel));
  std::vector<TableToRegister> wanted;
  for (const ReadableDeltaTable& table : tables) {
    wanted.push_back({table.name, place ? fmt::format("{}/{}", *place, table.name)
                                        : "local://" + std::filesystem::absolute(table.folder).string()});
  }
  return register_delta_tables(client, wanted, cancel);
}

}  // namespace apportion
