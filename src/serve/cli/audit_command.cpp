#include <fmt/format.h>

#include "application/audit.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/audit_document.h"

namespace apportion {
namespace {

struct AuditOptions {
  std::int64_t entries = 50;
  std::string head;
};

Result<ExitCode> run_show(Session& session, const AuditOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(const auto entries, last_audit_entries(session.caller(), workspace, options.entries));
  if (session.json()) {
    session.console().print_json(audit_entries_json(entries));
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

Result<ExitCode> run_verify(Session& session, const AuditOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(const AuditVerdict verdict, verify_audit(session.caller(), workspace, options.head));
  if (session.json()) session.console().print_json(audit_verdict_json(verdict));
  APPORTION_TRY(verdict.check());
  if (!session.json()) {
    session.console().print_text(fmt::format("{} {}\n", verdict.found.entries, verdict.found.head));
    session.console().say("every entry is intact; keep this line elsewhere to detect a rewritten log");
  }
  return kExitDone;
}

}  // namespace

void add_audit_command(Command app, Action& action) {
  Command group = add_group(app, "audit", "Show who changed what, and when");
  auto options = std::make_shared<AuditOptions>();

  Command show = add_command(group, "show", "List the latest entries, newest last",
                             "  apportion audit show\n  apportion audit show --last 1000 --json");
  show.add_option("--last", options->entries, "Number of entries (default: 50)")
      .between(1, kAuditEntriesMax)
      .type_name("N");
  on_chosen(show, action, options, run_show);

  Command verify = add_command(group, "verify", "Check that no entry was changed, added or removed",
                               "  apportion audit verify\n  apportion audit verify --head HASH");
  verify
      .add_option("--head", options->head, "Hash that `audit verify` printed earlier and that must still be in the log")
      .type_name("HASH");
  on_chosen(verify, action, options, run_verify);
}

}  // namespace apportion
