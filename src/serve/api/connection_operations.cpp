#include <array>

#include <fmt/format.h>

#include "application/connection_discovery.h"
#include "application/connections.h"
#include "application/doctor.h"
#include "application/exports.h"
#include "foundation/base/text.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/connection_document.h"
#include "serve/format/export_document.h"
#include "serve/format/probe_document.h"

namespace apportion {
namespace {

struct LocationField {
  const char* name;
  Dataset dataset;
};
constexpr auto kLocationFields = std::to_array<LocationField>({
    {"actual_url", Dataset::kActualCost},
    {"amortized_url", Dataset::kAmortizedCost},
    {"focus_url", Dataset::kFocusCost},
    {"price_sheet_url", Dataset::kPriceSheet},
    {"reservation_details_url", Dataset::kReservationDetails},
    {"reservation_transactions_url", Dataset::kReservationTransactions},
    {"reservation_recommendations_url", Dataset::kReservationRecommendations},
});

struct AccessField {
  const char* name;
  std::optional<std::string> AccessRequest::*field;
};
// Without files of the machine: those are given at the machine, by the command line.
constexpr auto kAccessFields = std::to_array<AccessField>({
    {"auth", &AccessRequest::auth},
    {"tenant", &AccessRequest::tenant},
    {"client_id", &AccessRequest::client_id},
    {"storage_tenant", &AccessRequest::storage_tenant},
    {"cloud", &AccessRequest::cloud},
    {"scope", &AccessRequest::scope},
    {"billing_account", &AccessRequest::billing_account},
    {"billing_profile", &AccessRequest::billing_profile},
    {"customer_tenant", &AccessRequest::customer_tenant},
    {"subscription", &AccessRequest::subscription},
});

struct LegacyField {
  const char* name;
  std::optional<std::string> LegacyRequest::*field;
};
constexpr auto kLegacyFields = std::to_array<LegacyField>({
    {"auth", &LegacyRequest::auth},
    {"tenant", &LegacyRequest::tenant},
    {"client_id", &LegacyRequest::client_id},
});

void read_legacy(const Json& body, AccessRequest& access) {
  if (!body.contains("legacy")) return;
  const Json& given = body["legacy"];
  access.legacy.wanted = true;
  if (given.contains("fetch")) access.legacy.fetch = list_field(given, "fetch");
  for (const LegacyField& field : kLegacyFields) access.legacy.*(field.field) = text_field(given, field.name);
  if (const auto secret = text_field(given, "client_secret")) {
    const auto expires = text_field(given, "client_secret_expires");
    access.secrets.push_back({kLegacyClientSecret, *secret, expires ? Day::parse(*expires) : std::nullopt});
  }
}

Result<std::map<Dataset, std::string>> locations_of(const Json& body) {
  std::map<Dataset, std::string> locations;
  for (const LocationField& field : kLocationFields) {
    const auto url = text_field(body, field.name);
    if (!url) continue;
    if (!url->empty() && !url->starts_with("https://")) {
      return field_value_error(field.name, "expected the URL of a location in blob storage (https)",
                               "folders of the machine are given at the machine: see the command line");
    }
    locations[field.dataset] = *url;
  }
  return locations;
}

Result<ConnectionRequest> connection_request(const ApiCall& call) {
  ConnectionRequest request;
  request.name = text_field(call.body, "name");
  APPORTION_ASSIGN(request.locations, locations_of(call.body));
  request.mend = flag_field(call.body, "mend");
  request.allow_retail_prices = flag_field(call.body, "allow_retail_prices");
  request.allow_overlap = flag_field(call.body, "allow_overlap");
  for (const AccessField& field : kAccessFields) request.access.*(field.field) = text_field(call.body, field.name);
  request.access.use_reports = flag_field(call.body, "reports");
  if (const auto secret = text_field(call.body, "client_secret")) {
    const auto expires = text_field(call.body, "client_secret_expires");
    request.access.secrets.push_back({kClientSecret, *secret, expires ? Day::parse(*expires) : std::nullopt});
  }
  read_legacy(call.body, request.access);
  if (const auto sas = text_field(call.body, "sas"))
    request.access.secrets.push_back({kSas, *sas, sas_expiry_day(*sas)});
  return request;
}

Result<Json> details_document(const ApiCall& call, const Workspace& workspace, const std::string& name) {
  APPORTION_ASSIGN(const ConnectionDetails details, connection_details(call.caller, workspace, name));
  return connection_details_json(details);
}

Result<ApiAnswer> list_all_connections(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto connections, list_connections(call.caller, *workspace));
  APPORTION_ASSIGN(Json page, page_of(call, connections, connection_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> get_connection(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(Json document, details_document(call, *workspace, call.path("connection")));
  return document_answer(std::move(document));
}

Result<ApiAnswer> add_new_connection(ApiCall& call) {
  APPORTION_ASSIGN(const ConnectionRequest request, connection_request(call));
  const Environment& environment = call.service.options().azure.variable;
  APPORTION_TRY(check_new_connection(environment, request));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(*workspace, OnDamage::kRefuse, [](const std::string&) {}));
  APPORTION_ASSIGN(const KeptConnection kept, add_connection(call.caller, writable, environment, request));
  ApiAnswer answer = document_answer(connection_json(kept.connection));
  constexpr int kCreated = 201;
  answer.status = kCreated;
  answer.headers.add("Location", fmt::format("/api/v1/connections/{}", kept.connection.name));
  return answer;
}

Result<ApiAnswer> change_connection(ApiCall& call) {
  APPORTION_ASSIGN(const ConnectionRequest request, connection_request(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(*workspace, OnDamage::kRefuse, [](const std::string&) {}));
  APPORTION_ASSIGN(const Json before, details_document(call, *workspace, call.path("connection")));
  APPORTION_TRY(call.check_match(etag_of(before)));
  APPORTION_ASSIGN(
      const KeptConnection kept,
      edit_connection(call.caller, writable, call.service.options().azure.variable, call.path("connection"), request));
  APPORTION_ASSIGN(Json document, details_document(call, *workspace, kept.connection.name));
  return document_answer(std::move(document));
}

Result<ApiAnswer> remove_known_connection(ApiCall& call) {
  const std::string name = call.path("connection");
  const bool with_imports = call.query_flag("with_imports");
  const std::string reason = call.query_value("reason").value_or("");
  const bool dry_run = call.query_flag("dry_run");
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Json before, details_document(call, *workspace, name));
  APPORTION_TRY(call.check_match(etag_of(before)));
  return start_job(call, "connection-remove", name, [=, caller = call.caller](Workspace& own) -> Result<Json> {
    APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(own, OnDamage::kRefuse, [](const std::string&) {}));
    APPORTION_ASSIGN(const RemovedConnection removed,
                     remove_connection(caller, writable, {name, with_imports, reason, dry_run, reviewed({}, dry_run)}));
    return removed_connection_json(removed);
  });
}

// Work that reaches Azure is a job: nobody knows how long Azure takes.
using AzureWork = std::function<Result<Json>(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                             const std::string& connection)>;

Result<ApiAnswer> start_azure_job(ApiCall& call, const std::string& kind, AzureWork work) {
  const std::string name = call.path("connection");
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(connection_details(call.caller, *workspace, name));
  return start_job(call, kind, name,
                   [name, work = std::move(work), caller = call.caller,
                    world = call.service.options().azure](Workspace& own) -> Result<Json> {
                     AzureWorld with_cancel = world;
                     with_cancel.cancel = own.cancel;
                     Gateway gateway(std::move(with_cancel));
                     return work(caller, own, gateway, name);
                   });
}

Result<ApiAnswer> test_connection(ApiCall& call) {
  return start_azure_job(
      call, "connection-test",
      [](const Caller& caller, Workspace& workspace, Gateway& gateway, const std::string& name) -> Result<Json> {
        APPORTION_ASSIGN(const auto probes, probe_connection(caller, workspace, gateway, name));
        return probes_json(probes);
      });
}

Result<ApiAnswer> discover_scopes(ApiCall& call) {
  return start_azure_job(
      call, "connection-scopes",
      [](const Caller& caller, Workspace& workspace, Gateway& gateway, const std::string& name) -> Result<Json> {
        APPORTION_ASSIGN(const auto accounts, billing_accounts(caller, workspace, gateway, name));
        return billing_accounts_json(accounts);
      });
}

ExportWishes wishes_of(const Json& body) {
  ExportWishes wishes;
  wishes.storage = text_field(body, "storage");
  wishes.storage_account = text_field(body, "storage_account");
  wishes.container = text_field(body, "container");
  wishes.root_folder = text_field(body, "root_folder");
  wishes.prefix = text_field(body, "prefix");
  wishes.format = text_field(body, "format");
  wishes.identity_location = text_field(body, "identity_location");
  wishes.delivery_sas = text_field(body, "delivery_sas");
  wishes.focus = flag_field(body, "focus");
  wishes.overwrite = flag_field(body, "overwrite");
  wishes.with_commitments = flag_field(body, "commitments");
  if (body.contains("profiles")) wishes.profiles = list_field(body, "profiles");
  return wishes;
}

Result<ApiAnswer> plan_exports(ApiCall& call) {
  return start_azure_job(call, "exports-plan",
                         [wishes = wishes_of(call.body)](const Caller& caller, Workspace& workspace, Gateway& gateway,
                                                         const std::string& name) -> Result<Json> {
                           APPORTION_ASSIGN(ConnectionExports exports,
                                            ConnectionExports::open(caller, workspace, gateway, name));
                           APPORTION_ASSIGN(const ExportPlan plan, exports.plan(wishes));
                           return export_plan_json(plan);
                         });
}

Result<ApiAnswer> apply_exports(ApiCall& call) {
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  const bool renew_sas = flag_field(call.body, "renew_sas").value_or(false);
  return start_azure_job(call, "exports-apply",
                         [=, wishes = wishes_of(call.body)](const Caller& caller, Workspace& workspace,
                                                            Gateway& gateway, const std::string& name) -> Result<Json> {
                           APPORTION_ASSIGN(ConnectionExports exports,
                                            ConnectionExports::open(caller, workspace, gateway, name));
                           APPORTION_ASSIGN(const AppliedExports applied, exports.apply({wishes, dry_run, renew_sas}));
                           if (const Error* failure = applied.failure()) return *failure;
                           return applied_exports_json(applied.report);
                         });
}

Result<ApiAnswer> run_export(ApiCall& call) {
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  const std::string export_name = call.path("export");
  return start_azure_job(
      call, "exports-run",
      [=](const Caller& caller, Workspace& workspace, Gateway& gateway, const std::string& name) -> Result<Json> {
        APPORTION_ASSIGN(ConnectionExports exports, ConnectionExports::open(caller, workspace, gateway, name));
        APPORTION_ASSIGN(const RunOfExport done, exports.run({export_name, month, true}));
        return export_run_json(done.run);
      });
}

Result<ApiAnswer> export_history(ApiCall& call) {
  const std::string export_name = call.path("export");
  return start_azure_job(
      call, "exports-history",
      [=](const Caller& caller, Workspace& workspace, Gateway& gateway, const std::string& name) -> Result<Json> {
        APPORTION_ASSIGN(ConnectionExports exports, ConnectionExports::open(caller, workspace, gateway, name));
        APPORTION_ASSIGN(const RunsOfExport known, exports.history(export_name));
        return export_runs_json(known);
      });
}

Result<ApiAnswer> backfill_exports(ApiCall& call) {
  BackfillRequest request;
  APPORTION_ASSIGN(request.from, month_field(call.body, "from"));
  APPORTION_ASSIGN(request.to, month_field(call.body, "to"));
  request.retry = flag_field(call.body, "retry").value_or(false);
  request.dry_run = flag_field(call.body, "dry_run").value_or(false);
  return start_azure_job(
      call, "exports-backfill",
      [request](const Caller& caller, Workspace& workspace, Gateway& gateway, const std::string& name) -> Result<Json> {
        APPORTION_ASSIGN(ConnectionExports exports, ConnectionExports::open(caller, workspace, gateway, name));
        APPORTION_ASSIGN(const auto done, exports.backfill(request));
        return backfill_json(done);
      });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listConnections", Right::kReadConnections, Effect::kReads, &list_all_connections},
    {"addConnection", Right::kManageConnections, Effect::kCreates, &add_new_connection},
    {"getConnection", Right::kReadConnections, Effect::kReads, &get_connection},
    {"changeConnection", Right::kManageConnections, Effect::kChanges, &change_connection},
    {"removeConnection", Right::kManageConnections, Effect::kChanges, &remove_known_connection},
    {"testConnection", Right::kManageConnections, Effect::kCreates, &test_connection},
    {"discoverScopes", Right::kManageConnections, Effect::kCreates, &discover_scopes},
    {"planExports", Right::kManageConnections, Effect::kCreates, &plan_exports},
    {"applyExports", Right::kManageConnections, Effect::kCreates, &apply_exports},
    {"runExport", Right::kManageConnections, Effect::kCreates, &run_export},
    {"getExportHistory", Right::kManageConnections, Effect::kCreates, &export_history},
    {"backfillExports", Right::kManageConnections, Effect::kCreates, &backfill_exports},
});

}  // namespace

std::span<const Operation> connection_operations() { return kOperations; }

}  // namespace apportion
