#include <array>

#include "application/audit.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/audit_document.h"

namespace apportion {
namespace {

Result<ApiAnswer> list_audit_entries(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto entries, last_audit_entries(call.caller, *workspace, kAuditEntriesMax));
  std::vector<Json> items;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) items.push_back(audit_entry_json(*entry));
  ApiAnswer answer;
  APPORTION_ASSIGN(answer.body, page_of(call, std::move(items)));
  return answer;
}

Result<ApiAnswer> verify_audit_log(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const AuditVerdict verdict,
                   verify_audit(call.caller, *workspace, call.query_value("head").value_or("")));
  ApiAnswer answer;
  answer.body = audit_verdict_json(verdict);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listAuditEntries", Right::kReadAudit, Effect::kReads, &list_audit_entries},
    {"verifyAudit", Right::kReadAudit, Effect::kReads, &verify_audit_log},
});

}  // namespace

std::span<const Operation> audit_operations() { return kOperations; }

}  // namespace apportion
