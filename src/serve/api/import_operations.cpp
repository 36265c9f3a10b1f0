#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "application/freshness.h"
#include "application/sync.h"
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
  std::vector<Json> items;
  for (const ListedImport& listed : imports) items.push_back(import_json(listed));
  APPORTION_ASSIGN(Json page, page_of(call, std::move(items)));
  return document_answer(std::move(page));
}

// A round of the service, or a command, may be importing: the job waits for it.
Result<FlowReport> sync_when_free(Workspace& workspace, AzureSessions& sessions, Gateway& gateway,
                                  const SyncRequest& request) {
  constexpr std::chrono::milliseconds kPause{200};
  while (true) {
    auto report = sync(workspace, sessions, gateway, request);
    if (report || report.error().id != ErrorId::kIntakeLocked) return report;
    if (!workspace.cancel.wait_for(kPause)) return cancelled_error("the import");
  }
}

Result<ApiAnswer> start_sync(ApiCall& call) {
  SyncRequest request;
  request.connection = text_field(call.body, "connection");
  APPORTION_ASSIGN(request.month, month_field(call.body, "month"));
  request.unverified = flag_field(call.body, "unverified").value_or(false);
  request.accept_rejects = flag_field(call.body, "accept_rejects").value_or(false);
  request.accept_shrunk = flag_field(call.body, "accept_shrunk").value_or(false);
  return start_job(call, "sync", request.connection.value_or(""),
                   [request, world = call.service.options().azure](Workspace& workspace) -> Result<Json> {
                     AzureWorld own = world;
                     own.cancel = workspace.cancel;
                     Gateway gateway(std::move(own));
                     AzureSessions sessions(workspace, gateway);
                     workspace.stores = sessions.stores();
                     APPORTION_ASSIGN(const FlowReport report, sync_when_free(workspace, sessions, gateway, request));
                     return flow_json(report);
                   });
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
    {"startImport", Right::kManageConnections, Effect::kCreates, &start_sync},
    {"withdrawImport", Right::kManageConnections, Effect::kChanges, &withdraw_known_import},
    {"getFreshness", Right::kReadConnections, Effect::kReads, &get_freshness},
});

}  // namespace

std::span<const Operation> import_operations() { return kOperations; }

}  // namespace apportion
