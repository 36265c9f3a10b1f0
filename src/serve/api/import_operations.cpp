#include <algorithm>
#include <array>
#include <chrono>
#include <functional>

#include <fmt/format.h>

#include "application/connections.h"
#include "application/freshness.h"
#include "application/sync.h"
#include "application/uploads.h"
#include "application/withdrawal.h"
#include "foundation/base/utc_time.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/flow_document.h"
#include "serve/format/freshness_document.h"
#include "serve/format/import_document.h"

namespace apportion {
namespace {

Result<ApiAnswer> list_all_imports(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto imports, list_imports(workspace->control_plane, scope));
  APPORTION_ASSIGN(Json page, page_of(call, imports, import_json));
  return document_answer(std::move(page));
}

// A round of the service, or a command, may be importing: the job waits for it.
Result<FlowReport> when_free(Workspace& workspace, const std::function<Result<FlowReport>()>& import) {
  constexpr std::chrono::milliseconds kPause{200};
  while (true) {
    auto report = import();
    if (report || report.error().id != ErrorId::kIntakeLocked) return report;
    if (!workspace.cancel.wait_for(kPause)) return cancelled_error("the import");
  }
}

Result<ApiAnswer> start_sync(ApiCall& call, const SyncRequest& request) {
  return start_job(call, "sync", request.connection.value_or(""),
                   [request, world = call.service.options().azure](Workspace& workspace) -> Result<Json> {
                     AzureWorld own = world;
                     own.cancel = workspace.cancel;
                     Gateway gateway(std::move(own));
                     AzureSessions sessions(workspace, gateway);
                     workspace.stores = sessions.stores();
                     APPORTION_ASSIGN(const FlowReport report, when_free(workspace, [&] {
                                        return sync(workspace, sessions, gateway, request);
                                      }));
                     return flow_json(report);
                   });
}

Result<std::vector<StoredUploadPtr>> uploads_of(ApiCall& call, const std::vector<std::string>& ids) {
  std::vector<StoredUploadPtr> stored;
  for (const std::string& id : ids) {
    APPORTION_ASSIGN(stored.emplace_back(), call.service.uploads().find(call.who.actor, id));
  }
  APPORTION_TRY(check_importable(stored));
  return stored;
}

// Uploads end with their import. What failed may be tried again, for example with another dataset.
Result<ApiAnswer> start_import_of_uploads(ApiCall& call, const FolderImport& request,
                                          const std::vector<StoredUploadPtr>& stored) {
  Uploads& uploads = call.service.uploads();
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(connection_details(call.caller, *workspace, request.connection));
  return start_job(call, "import", request.connection, [request, stored, &uploads](Workspace& own) -> Result<Json> {
    APPORTION_ASSIGN(const FlowReport report, when_free(own, [&] { return import_uploads(own, stored, request); }));
    const bool is_imported = std::ranges::all_of(
        report.imports, [](const FlowReport::Imported& imported) { return imported.report.skipped.empty(); });
    for (const StoredUploadPtr& one : stored) {
      if (is_imported) uploads.forget(one->upload.id);
    }
    return flow_json(report);
  });
}

Error field_of_another_import(const char* name, std::string why) {
  return field_value_error(name, std::move(why), "leave it out, or say what else it needs");
}

Result<ApiAnswer> start_import(ApiCall& call) {
  const auto connection = text_field(call.body, "connection");
  const auto dataset = text_field(call.body, "dataset");
  const std::vector<std::string> ids = list_field(call.body, "uploads");
  const bool unverified = flag_field(call.body, "unverified").value_or(false);
  const bool accept_rejects = flag_field(call.body, "accept_rejects").value_or(false);
  const bool accept_shrunk = flag_field(call.body, "accept_shrunk").value_or(false);
  const bool replace = flag_field(call.body, "replace").value_or(false);
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  if (ids.empty()) {
    if (dataset) return field_of_another_import("dataset", "it is of uploads");
    if (replace) return field_of_another_import("replace", "it is of uploads");
    return start_sync(call, {connection, month, unverified, accept_rejects, accept_shrunk,
                             call.service.run_queue()});
  }
  if (!connection) {
    return Error{ErrorId::kFieldMissing, "a field is missing", "/connection", "uploads belong to a connection",
                 "name the connection"};
  }
  if (accept_shrunk) return field_of_another_import("accept_shrunk", "it is of what connections deliver");
  FolderImport request{*connection, {.month = month, .replace = replace}, accept_rejects};
  if (dataset) request.request.expected = parse_dataset(*dataset);
  APPORTION_ASSIGN(const auto stored, uploads_of(call, ids));
  return start_import_of_uploads(call, request, stored);
}

Result<ApiAnswer> import_invoice_lines(ApiCall& call) {
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  APPORTION_ASSIGN(const auto stored, uploads_of(call, list_field(call.body, "uploads")));
  APPORTION_TRY(check_invoice_lines(stored));
  const FolderImport request{*text_field(call.body, "connection"), {.month = month}, false};
  return start_import_of_uploads(call, request, stored);
}

// Every line is read at once, so that whoever said what the columns mean is told where that does not hold.
Result<ApiAnswer> import_legacy_bill(ApiCall& call) {
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  FolderImport request{*text_field(call.body, "connection"), {.month = month}, false};
  APPORTION_ASSIGN(request.request.bill_columns, parse_bill_columns(call.body["columns"].dump(), "columns"));
  if (const auto name = text_field(call.body, "name")) request.request.bill_name = *name;
  APPORTION_ASSIGN(const StoredUploadPtr stored,
                   call.service.uploads().find(call.who.actor, *text_field(call.body, "upload")));
  APPORTION_TRY(check_bill(*stored, request.request, call.cancel));
  return start_import_of_uploads(call, request, {stored});
}

Result<ApiAnswer> withdraw_known_import(ApiCall& call) {
  const ImportId id(std::stoll(call.path("import")));
  const std::string reason = *text_field(call.body, "reason");
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto imports, list_imports(workspace->control_plane, call.caller.scope()));
  const bool is_known = std::ranges::any_of(imports, [id](const auto& listed) { return listed.import.id == id; });
  if (!is_known) {
    return Error{ErrorId::kNoSuchRecord, "there is no such import", fmt::format("import {}", id.raw()), "",
                 "see which there are: " + step(Step::kListImports)};
  }
  return start_job(
      call, "withdraw", fmt::format("import {}", id.raw()), [id, reason, dry_run](Workspace& own) -> Result<Json> {
        APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(own, OnDamage::kRefuse, [](const std::string&) {}));
        APPORTION_ASSIGN(const FlowReport report, withdraw_import(writable, id, reason, reviewed({}, dry_run)));
        return flow_json(report);
      });
}

Result<ApiAnswer> get_freshness(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto sources, freshness(call.caller, *workspace, call.query_value("connection")));
  const auto now = UtcTime(std::chrono::seconds(call.service.options().epoch_seconds()));
  ApiAnswer answer;
  answer.body = freshness_of_all_json(sources, now);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listImports", Right::kReadConnections, Effect::kReads, &list_all_imports},
    {"startImport", Right::kManageConnections, Effect::kCreates, &start_import},
    {"importInvoiceLines", Right::kManageInvoices, Effect::kCreates, &import_invoice_lines},
    {"importLegacyBill", Right::kManageInvoices, Effect::kCreates, &import_legacy_bill},
    {"withdrawImport", Right::kManageConnections, Effect::kCreates, &withdraw_known_import},
    {"getFreshness", Right::kReadConnections, Effect::kReads, &get_freshness},
});

}  // namespace

std::span<const Operation> import_operations() { return kOperations; }

}  // namespace apportion
