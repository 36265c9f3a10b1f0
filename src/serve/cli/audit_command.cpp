#include <algorithm>

#include <fmt/format.h>

#include "serve/cli/commands_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kEntriesMax = 1'000'000'000;

struct AuditOptions {
  std::int64_t entries = 50;
  std::string head;
};

Json entry_json(const AuditEntry& entry) {
  return {{"number", entry.number}, {"at", entry.at},         {"actor", entry.actor},
          {"what", entry.what},     {"detail", entry.detail}, {"hash", entry.hash}};
}

Result<ExitCode> run_show(Session& session, const AuditOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(auto entries, workspace.control_plane.audit_log(options.entries));
  std::ranges::reverse(entries);
  if (session.json()) {
    Json list = Json::array();
    for (const AuditEntry& entry : entries) list.push_back(entry_json(entry));
    session.console().print_json({{"entries", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Number", TableKind::kInteger}, {"At"}, {"Actor"}, {"What"}, {"Detail"}};
  for (const AuditEntry& entry : entries) {
    table.rows.push_back({entry.number, entry.at, entry.actor, entry.what, entry.detail});
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

/// Whether an entry with a hash that someone kept is still in the log.
Result<bool> holds_head(const ControlPlane& control_plane, const std::string& head) {
  if (head.empty()) return true;
  APPORTION_ASSIGN(const auto entries, control_plane.audit_log(kEntriesMax));
  return std::ranges::find(entries, head, &AuditEntry::hash) != entries.end();
}

Error broken_error(std::int64_t number) {
  return {ErrorId::kAuditLogBroken, "the audit log has been altered", fmt::format("entry {}", number),
          "its hash does not match its content and the entry before it, or entries are missing",
          "compare it with a backup: either someone edited the database by hand, or the disk is faulty"};
}

Error head_error(const std::string& head) {
  return {ErrorId::kAuditHeadMissing, "the audit log does not contain the given entry", head,
          "the log was rewritten, or it belongs to another home",
          "compare it with a backup from the time that hash was printed"};
}

Result<ExitCode> run_verify(Session& session, const AuditOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(const AuditVerification found, workspace.control_plane.verify_audit_log());
  APPORTION_ASSIGN(const bool has_head, holds_head(workspace.control_plane, options.head));
  const bool holds = found.holds() && has_head;
  if (session.json()) {
    Json document = {{"holds", holds}, {"entries", found.entries}, {"head", found.head}};
    if (found.broken_at) document["broken_at"] = *found.broken_at;
    session.console().print_json(document);
  }
  if (found.broken_at) return broken_error(*found.broken_at);
  if (!has_head) return head_error(options.head);
  if (!session.json()) {
    session.console().print_text(fmt::format("{} {}\n", found.entries, found.head));
    session.console().say("every entry is intact; keep this line elsewhere to detect a rewritten log");
  }
  return kExitDone;
}

}  // namespace

void add_audit_command(CLI::App& app, Action& action) {
  CLI::App* group = add_group(app, "audit", "Show who changed what, and when");
  auto options = std::make_shared<AuditOptions>();

  CLI::App* show = add_command(*group, "show", "List the latest entries, newest last",
                               "  apportion audit show\n  apportion audit show --last 1000 --json");
  show->add_option("--last", options->entries, "Number of entries (default: 50)")
      ->check(CLI::Range(std::int64_t{1}, kEntriesMax).description(""))
      ->type_name("N");
  on_chosen(show, action, options, run_show);

  CLI::App* verify = add_command(*group, "verify", "Check that no entry was changed, added or removed",
                                 "  apportion audit verify\n  apportion audit verify --head HASH");
  verify
      ->add_option("--head", options->head,
                   "Hash that `audit verify` printed earlier and that must still be in the log")
      ->type_name("HASH");
  on_chosen(verify, action, options, run_verify);
}

}  // namespace apportion
