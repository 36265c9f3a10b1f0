#include "application/connections.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "application/connection_tests.h"
#include "application/overlaps.h"
#include "application/partner_only.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/bill_scope.h"
#include "lake/lake_reader.h"
#include "pipeline/fetch/blob_url.h"

namespace apportion {
namespace {

void apply(const ConnectionRequest& request, Connection& connection) {
  if (request.name) connection.name = *request.name;
  for (const auto& [dataset, given] : request.locations) connection.locations[dataset] = given;
  if (request.mend) connection.mend = *request.mend;
  if (request.allow_overlap) connection.allow_overlap = *request.allow_overlap;
  if (request.allow_retail_prices) connection.allow_retail_prices = *request.allow_retail_prices;
}

// A connection with all that is kept of it.
struct Whole {
  Connection connection;
  AzureSettings settings;
  std::optional<LegacySettings> legacy;
  std::string distributor;  // what the columns of its bills mean; empty if there is none
};

Result<void> check_has_source(const Whole& whole) {
  const auto& [connection, settings, legacy, distributor] = whole;
  const auto& locations = connection.locations;
  const auto is_given = [](const auto& location) { return !location.second.empty(); };
  if (std::any_of(locations.begin(), locations.end(), is_given) || settings.credential != "none" || legacy) return ok();
  if (!distributor.empty()) return ok();  // it may have bills of its distributor and no exports
  return Error{
      ErrorId::kConnectionHasNoSource, "the connection has no location and no way to sign in", connection.name,
      "it must know where exports lie, or how to reach the billing account to find and create them",
      fmt::format("say where exports lie: {}; or how to sign in: {}", step(Step::kNameLocations), step(Step::kSignIn))};
}

// A URL that can be no place in blob storage is refused at once: nothing would ever be found there.
Result<void> check_locations(const Environment& environment, const ConnectionRequest& request,
                             const AzureSettings& settings) {
  APPORTION_ASSIGN(const Cloud cloud, cloud_of(environment, settings));
  for (const auto& [dataset, given] : request.locations) {
    if (is_blob_location(given)) APPORTION_TRY(parse_blob_url(given, cloud.storage_suffix));
  }
  return ok();
}

// Puts the request into all parts of the connection, and checks that they fit together.
Result<void> prepare(const Environment& environment, const ConnectionRequest& request, Whole& whole) {
  apply(request, whole.connection);
  if (request.distributor) whole.distributor = to_text(*request.distributor);
  if (request.without_distributor) whole.distributor.clear();
  APPORTION_TRY(apply_access(request.access, whole.settings));
  APPORTION_ASSIGN(whole.legacy, apply_legacy(request.access, whole.settings, std::move(whole.legacy)));
  APPORTION_TRY(check_has_source(whole));
  return check_locations(environment, request, whole.settings);
}

std::string to_take_twice() {
  return "keep one of the two connections; to count the same costs twice on purpose: " + step(Step::kAllowOverlap);
}

// Of the other connections, those that do not allow that their costs are taken twice.
Result<std::vector<Connection>> strict_others(const ControlPlane& control_plane, const Connection& connection) {
  APPORTION_ASSIGN(std::vector<Connection> others, control_plane.connections());
  std::erase_if(others, [&connection](const Connection& other) {
    return other.id == connection.id || other.allow_overlap || connection.allow_overlap;
  });
  return others;
}

// A bill that comes under two names counts twice: told here where location or scope tell it, else when runs are taken
// in.
Result<void> check_not_taken(const WritableWorkspace& writable, const Whole& whole, const ConnectionRequest& request) {
  const auto& [connection, settings, legacy, distributor] = whole;
  const ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const auto others, strict_others(control_plane, connection));
  Connection given = connection;
  given.locations = request.locations;
  if (const auto taken = taken_location(given, others)) {
    return Error{ErrorId::kLocationOfAnotherConnection, "another connection reads this location",
                 shown_location(taken->location),
                 fmt::format("connection {} reads the same place, so its costs would count twice", taken->connection),
                 to_take_twice()};
  }
  if (!request.access.names_scope()) return ok();
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(writable.workspace));
  for (const Connection& other : others) {
    APPORTION_ASSIGN(const auto kept, catalog.settings(other.id));
    const std::string scope = kept ? kept->scope : std::string();
    const ScopeRelation relation = relate_scopes(settings.scope, scope);
    if (relation != ScopeRelation::kSame && relation != ScopeRelation::kNested) continue;
    return Error{ErrorId::kScopeOfAnotherConnection, "another connection covers the same costs", settings.scope,
                 fmt::format("connection {} covers {}, so costs would count twice", other.name, scope),
                 to_take_twice()};
  }
  return ok();
}

Result<void> keep_legacy(AzureCatalog& catalog, ConnectionId connection, const std::optional<LegacySettings>& legacy) {
  if (legacy) return catalog.put_legacy(connection, *legacy);
  APPORTION_TRY(catalog.remove_legacy(connection));
  for (const char* secret : {kLegacyClientSecret, kLegacyCertificatePassword})
    APPORTION_TRY(catalog.remove_secret(connection, secret));
  return ok();
}

// Keeps a connection with all that belongs to it; a SAS in a location's URL goes to the secrets.
Result<Connection> keep(const Environment& environment, WritableWorkspace& writable, Whole whole,
                        const ConnectionRequest& request, bool is_new) {
  auto& [connection, settings, legacy, distributor] = whole;
  std::vector<GivenSecret> secrets = request.access.secrets;
  auto taken = take_sas_of_locations(connection.locations);
  std::move(taken.begin(), taken.end(), std::back_inserter(secrets));
  ControlPlane& control_plane = writable.workspace.control_plane;
  AzureCatalog catalog = AzureCatalog::of(control_plane);
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  if (is_new) {
    APPORTION_ASSIGN(connection, control_plane.add_connection(connection));
  } else {
    APPORTION_ASSIGN(const Connection before, control_plane.connection(connection.id));
    APPORTION_TRY(control_plane.update_connection(connection));
    APPORTION_ASSIGN(connection, control_plane.connection(connection.id));
    APPORTION_TRY(drop_sas_of_moved(catalog, before, connection));
  }
  settings.connection = connection.id;
  if (request.access.any()) APPORTION_TRY(catalog.put_settings(settings));
  APPORTION_TRY(keep_secrets(environment, writable.workspace, catalog, connection.id, secrets));
  if (request.access.legacy.any() || legacy) APPORTION_TRY(keep_legacy(catalog, connection.id, legacy));
  APPORTION_TRY(control_plane.put_distributor_columns(connection.id, distributor));
  APPORTION_TRY(transaction.commit());
  return std::move(connection);
}

}  // namespace

Result<std::vector<Connection>> list_connections(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  return workspace.control_plane.connections();
}

Result<ConnectionDetails> connection_details(const Caller& caller, const Workspace& workspace,
                                             const std::string& name) {
  APPORTION_TRY(check_partner(caller));
  ConnectionDetails details;
  APPORTION_ASSIGN(details.connection, workspace.control_plane.connection_named(name));
  APPORTION_ASSIGN(const auto imports, workspace.control_plane.imports(details.connection.id));
  details.imports = imports.size();
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(details.settings, catalog.settings(details.connection.id));
  APPORTION_ASSIGN(details.legacy, catalog.legacy(details.connection.id));
  APPORTION_ASSIGN(details.distributor, workspace.control_plane.distributor_columns(details.connection.id));
  APPORTION_ASSIGN(details.secrets, catalog.secrets(details.connection.id));
  return details;
}

Result<void> check_new_connection(const Environment& environment, const ConnectionRequest& request) {
  Whole whole;
  return prepare(environment, request, whole);
}

Result<KeptConnection> add_connection(const Caller& caller, WritableWorkspace& writable, const Environment& environment,
                                      const ConnectionRequest& request) {
  APPORTION_TRY(check_partner(caller));
  Whole whole;
  APPORTION_TRY(prepare(environment, request, whole));
  APPORTION_TRY(check_not_taken(writable, whole, request));
  const bool signs_in = whole.settings.credential != "none";
  APPORTION_ASSIGN(Connection kept, keep(environment, writable, std::move(whole), request, true));
  return KeptConnection{std::move(kept), signs_in};
}

Result<KeptConnection> edit_connection(const Caller& caller, WritableWorkspace& writable,
                                       const Environment& environment, const std::string& name,
                                       const ConnectionRequest& request) {
  APPORTION_TRY(check_partner(caller));
  Whole whole;
  APPORTION_ASSIGN(whole.connection, writable.workspace.control_plane.connection_named(name));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(writable.workspace));
  APPORTION_ASSIGN(const auto kept_settings, catalog.settings(whole.connection.id));
  whole.settings = kept_settings.value_or(AzureSettings());
  APPORTION_ASSIGN(whole.legacy, catalog.legacy(whole.connection.id));
  APPORTION_ASSIGN(whole.distributor, writable.workspace.control_plane.distributor_columns(whole.connection.id));
  APPORTION_TRY(prepare(environment, request, whole));
  APPORTION_TRY(check_not_taken(writable, whole, request));
  const bool signs_in = whole.settings.credential != "none";
  APPORTION_ASSIGN(Connection kept, keep(environment, writable, std::move(whole), request, false));
  return KeptConnection{std::move(kept), signs_in};
}

namespace {

// What customers have of a connection goes.
Result<AmountChanges> lost_amounts(Workspace& workspace, const std::vector<PublishedMonth>& months) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  LakeReader reader(engine, workspace.control_plane, Lake(workspace.home));
  AmountChanges changes;
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  changes.name_customers(customers);
  for (const PublishedMonth& month : months) {
    if (!month.charge_set) continue;
    if (workspace.cancel.requested()) return cancelled_error("");
    APPORTION_ASSIGN(const auto before, assigned_parts(reader, ReadScope::of_partner(), month));
    changes.add_month(month.connection.name, month.month.month, before, {}, true);
  }
  return changes;
}

Result<void> remove_in(ControlPlane& control_plane, const Connection& connection, const ConnectionRemoval& removal) {
  return removal.with_imports ? control_plane.remove_connection_with_imports(connection.id, removal.reason)
                              : control_plane.remove_connection(connection.id);
}

// Whether it would be refused; nothing is changed.
Result<void> try_removal(ControlPlane& control_plane, const Connection& connection, const ConnectionRemoval& removal) {
  APPORTION_ASSIGN(const ControlPlaneTransaction undone, control_plane.begin());
  return remove_in(control_plane, connection, removal);
}

// What goes is what was looked at.
Result<void> check_same_imports(const ControlPlane& control_plane, const RemovedConnection& looked_at) {
  APPORTION_ASSIGN(const auto imports, control_plane.imports(looked_at.connection.id));
  if (imports.size() == looked_at.imports) return ok();
  return Error{ErrorId::kChangedMeanwhile, "the runs of the connection changed meanwhile", looked_at.connection.name,
               "other runs would go than those that were shown, so nothing was removed",
               "look at them again, and repeat the removal"};
}

}  // namespace

Result<RemovedConnection> remove_connection(const Caller& caller, WritableWorkspace& writable,
                                            const ConnectionRemoval& removal) {
  APPORTION_TRY(check_partner(caller));
  if (removal.with_imports && trim(removal.reason).empty()) return reason_missing_error();
  ControlPlane& control_plane = writable.workspace.control_plane;
  RemovedConnection removed;
  APPORTION_ASSIGN(removed.connection, control_plane.connection_named(removal.name));
  APPORTION_TRY(try_removal(control_plane, removed.connection, removal));
  removed.left_alone = removal.dry_run;
  if (removal.with_imports) {
    APPORTION_ASSIGN(const auto imports, control_plane.imports(removed.connection.id));
    removed.imports = imports.size();
    APPORTION_ASSIGN(const auto months,
                     published_months(control_plane, ReadScope::of_partner(removed.connection.name)));
    for (const PublishedMonth& month : months) removed.months.push_back(month.month.month);
    APPORTION_ASSIGN(removed.changes, lost_amounts(writable.workspace, months));
    if (removal.review) {
      APPORTION_ASSIGN(const bool goes_on, writable.wait_unlocked([&] { return removal.review(*removed.changes); }));
      removed.left_alone |= !goes_on;
      if (goes_on) APPORTION_TRY(check_same_imports(control_plane, removed));
    }
  }
  if (removed.left_alone) return removed;
  APPORTION_TRY(remove_in(control_plane, removed.connection, removal));
  APPORTION_TRY(forget_connection_test(writable.workspace, removed.connection));
  return removed;
}

ConnectionDoubts doubts_about(const Connection& connection) {
  ConnectionDoubts doubts;
  for (const auto& [dataset, url] : connection.locations) {
    std::error_code failure;
    if (!is_blob_location(url) && !std::filesystem::exists(url, failure)) doubts.folders_not_there.push_back(dataset);
  }
  const auto& locations = connection.locations;
  const bool half = locations.contains(Dataset::kActualCost) != locations.contains(Dataset::kAmortizedCost);
  doubts.has_half_a_bill = half && !locations.contains(Dataset::kFocusCost);
  return doubts;
}

}  // namespace apportion
