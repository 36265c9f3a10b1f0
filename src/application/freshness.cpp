#include "application/freshness.h"

#include <algorithm>
#include <map>
#include <utility>

#include "application/azure_sessions.h"
#include "application/partner_only.h"

namespace apportion {
namespace {

// The newest submission of each dataset that holds charges; the oldest of these is what all the data is as of.
std::optional<UtcTime> data_as_of(const std::vector<Import>& imports) {
  std::map<Dataset, UtcTime> newest;
  for (const Import& import : imports) {
    const auto submitted = parse_utc_time(import.submitted_at);
    if (!submitted || !holds_charges(import.dataset)) continue;
    const auto [place, is_new] = newest.emplace(import.dataset, *submitted);
    if (!is_new) place->second = std::max(place->second, *submitted);
  }
  std::optional<UtcTime> oldest;
  for (const auto& [dataset, submitted] : newest) oldest = std::min(oldest.value_or(submitted), submitted);
  return oldest;
}

}  // namespace

std::optional<std::chrono::seconds> SourceFreshness::lag(UtcTime now) const {
  if (!data_as_of) return std::nullopt;
  return std::max(std::chrono::seconds(0), now - *data_as_of);
}

Result<std::vector<SourceFreshness>> freshness_of_connections(const ControlPlane& control_plane,
                                                              const AzureCatalog& catalog) {
  std::vector<SourceFreshness> all;
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  for (const Connection& connection : connections) {
    SourceFreshness source;
    source.connection = connection.name;
    APPORTION_ASSIGN(const auto imports, control_plane.imports(connection.id));
    source.data_as_of = data_as_of(imports);
    if (source.data_as_of) source.next_expected = *source.data_as_of + kRunEvery + kDeliveryTakes;
    APPORTION_ASSIGN(auto attempts, catalog.attempts(connection.id, 1));
    if (!attempts.empty()) source.last_attempt = std::move(attempts.front());
    all.push_back(std::move(source));
  }
  return all;
}

Result<std::vector<SourceFreshness>> freshness(const Caller& caller, const Workspace& workspace,
                                               const std::optional<std::string>& connection) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(auto sources, freshness_of_connections(workspace.control_plane, catalog));
  if (!connection) return sources;
  APPORTION_TRY(workspace.control_plane.connection_named(*connection));
  std::erase_if(sources, [&](const SourceFreshness& source) { return source.connection != *connection; });
  return sources;
}

Result<std::vector<ConnectionAttempt>> last_syncs(const Caller& caller, const Workspace& workspace,
                                                  const std::optional<std::string>& connection,
                                                  std::int64_t attempts_max) {
  APPORTION_TRY(check_partner(caller));
  std::optional<ConnectionId> id;
  if (connection) {
    APPORTION_ASSIGN(const Connection named, workspace.control_plane.connection_named(*connection));
    id = named.id;
  }
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(auto attempts, catalog.attempts(id, attempts_max));
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  std::vector<ConnectionAttempt> named;
  for (SyncAttempt& attempt : attempts) {
    const auto owner = std::ranges::find(connections, attempt.connection, &Connection::id);
    named.push_back({owner == connections.end() ? "" : owner->name, std::move(attempt)});
  }
  return named;
}

}  // namespace apportion
