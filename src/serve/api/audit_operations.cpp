#include <algorithm>
#include <array>

#include "application/audit.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/audit_document.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

Result<std::optional<Day>> day_of_query(const ApiCall& call, const char* name) {
  const auto text = call.query_value(name);
  if (!text) return std::optional<Day>();
  const auto day = Day::parse(*text);
  if (day) return day;
  return field_value_error(name, "there is no such day", "write it as YYYY-MM-DD");
}

// A cursor names the entry that the last page ended with: what is written meanwhile moves nothing.
Result<ApiAnswer> list_audit_entries(ApiCall& call) {
  APPORTION_ASSIGN(const PageRequest page, page_request(call, {}));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  const auto limit = static_cast<std::int64_t>(page.limit);
  APPORTION_ASSIGN(auto entries,
                   audit_entries(call.caller, *workspace, limit + 1, static_cast<std::int64_t>(page.offset)));
  const bool has_more = entries.size() > page.limit;
  if (has_more) entries.pop_back();
  Json items = Json::array();
  for (const AuditEntry& entry : entries) {
    items.push_back(is_for_partner(call) ? audit_entry_json(entry) : audit_entry_json_for_customer(entry));
  }
  ApiAnswer answer;
  answer.body = {{"items", std::move(items)}};
  if (has_more) answer.body["next"] = next_cursor(call, {}, static_cast<std::size_t>(entries.back().number));
  return answer;
}

Result<ApiAnswer> export_audit_log(ApiCall& call) {
  APPORTION_ASSIGN(const auto from, day_of_query(call, "from"));
  APPORTION_ASSIGN(const auto to, day_of_query(call, "to"));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  return file_answer(*workspace, "audit.jsonl", "application/jsonl", [&](const std::filesystem::path& path) {
    return write_text_file(path, "jsonl", [&](std::ostream& out) {
      return export_audit(call.caller, *workspace, from, to, [&out](const AuditEntry& entry) {
        out << audit_line(entry);
        return ok();
      });
    });
  });
}

Result<ApiAnswer> verify_audit_log(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const AuditVerdict verdict,
                   verify_audit(call.caller, *workspace, {.head = call.query_value("head").value_or("")}));
  ApiAnswer answer;
  answer.body = audit_verdict_json(verdict);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listAuditEntries", Right::kReadOwnAudit, Effect::kReads, &list_audit_entries},
    {"exportAudit", Right::kReadAudit, Effect::kReads, &export_audit_log},
    {"verifyAudit", Right::kReadAudit, Effect::kReads, &verify_audit_log},
});

}  // namespace

std::span<const Operation> audit_operations() { return kOperations; }

}  // namespace apportion
