#include <algorithm>
#include <filesystem>
#include <functional>
#include <ostream>

#include <fmt/format.h>

#include "application/audit.h"
#include "application/azure_sessions.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/audit_document.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

struct ShowOptions {
  std::int64_t entries = 50;
};

struct ExportOptions {
  std::optional<Day> from;
  std::optional<Day> to;
  std::filesystem::path out;  ///< Empty: printed.
};

struct AnchorOptions {
  std::string place;
};

struct VerifyOptions {
  std::string head;
  std::filesystem::path anchors;
};

Result<ExitCode> run_show(Session& session, const ShowOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(auto entries, audit_entries(session.caller(), workspace, options.entries));
  std::ranges::reverse(entries);
  if (session.json()) {
    session.console().print_json(audit_entries_json(entries));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Number", TableKind::kInteger}, {"At"}, {"Actor"}, {"Address"}, {"What"}, {"Detail"}, {"Customer"}};
  for (const AuditEntry& entry : entries) {
    table.rows.push_back(
        {entry.number, entry.at, entry.actor, entry.address.value_or(""), entry.what, entry.detail, entry.customer});
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_export(Session& session, const ExportOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  std::int64_t count = 0;
  const auto pass = [&](const std::function<Result<void>(const std::string&)>& to) {
    return export_audit(session.caller(), workspace, options.from, options.to, [&](const AuditEntry& entry) {
      ++count;
      return to(audit_line(entry));
    });
  };
  if (options.out.empty()) {
    APPORTION_TRY(pass([&](const std::string& line) { return session.console().print_piece(line); }));
    return kExitDone;
  }
  APPORTION_TRY(write_text_file(options.out, "jsonl", [&](std::ostream& out) {
    return pass([&out](const std::string& line) {
      out << line;
      return ok();
    });
  }));
  session.console().say(fmt::format("wrote {} to {}", count_of(count, "entry", "entries"), options.out.string()));
  return kExitDone;
}

Result<ExitCode> run_anchor(Session& session, const AnchorOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(AuditAnchoring anchoring, AuditAnchoring::at(options.place, workspace.home.folder()));
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const auto anchor, anchoring.anchor(workspace, gateway.transport(), gateway.cancel()));
  if (!anchor) {
    session.console().say(fmt::format("{} has the newest entry already", anchoring.shown_place()));
    return kExitDone;
  }
  if (session.json()) session.console().print_data(anchor_json(*anchor) + "\n");
  session.console().say(fmt::format("anchored entry {} at {}", anchor->number, anchoring.shown_place()));
  return kExitDone;
}

Result<AuditWitness> witness_of(const VerifyOptions& options) {
  AuditWitness witness{options.head, {}};
  if (options.anchors.empty()) return witness;
  APPORTION_ASSIGN(witness.anchors, read_anchors(options.anchors));
  if (!witness.anchors.empty()) return witness;
  return Error{ErrorId::kAuditAnchorInvalid, "there are no anchors of the audit log", options.anchors.string(),
               "the file does not exist, or is empty", "name the file that the anchors are in"};
}

Result<ExitCode> run_verify(Session& session, const VerifyOptions& options) {
  APPORTION_ASSIGN(const AuditWitness witness, witness_of(options));
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  APPORTION_ASSIGN(const AuditVerdict verdict, verify_audit(session.caller(), workspace, witness));
  if (session.json()) session.console().print_json(audit_verdict_json(verdict));
  APPORTION_TRY(verdict.check());
  if (session.json()) return kExitDone;
  session.console().print_text(fmt::format("{} {}\n", verdict.found.entries, verdict.found.head));
  if (!witness.anchors.empty()) {
    session.console().say(fmt::format("the log holds {}", count_of(static_cast<std::int64_t>(witness.anchors.size()),
                                                                   "anchored entry", "anchored entries")));
  }
  session.console().say("every entry is intact; keep this line elsewhere to detect a rewritten log");
  return kExitDone;
}

}  // namespace

void add_audit_command(Command app, Action& action) {
  Command group = add_group(app, "audit", "Show who changed what, and when");

  auto shown = std::make_shared<ShowOptions>();
  Command show = add_command(group, "show", "List the latest entries, newest last",
                             "  apportion audit show\n  apportion audit show --last 1000 --json");
  show.add_option("--last", shown->entries, "Number of entries (default: 50)")
      .between(1, kAuditEntriesMax)
      .type_name("N");
  on_chosen(show, action, shown, run_show);

  auto exported = std::make_shared<ExportOptions>();
  Command export_ = add_command(group, "export", "Write entries as JSON Lines, oldest first, with their hashes",
                                "  apportion audit export --out audit.jsonl\n"
                                "  apportion audit export --from 2026-10-01 --to 2026-10-31");
  add_day_option(export_, exported->from, "First day (default: of the first entry)", "--from");
  add_day_option(export_, exported->to, "Last day (default: of the newest entry)", "--to");
  export_.add_option("--out", exported->out, "Write to this file (default: print)").type_name("FILE");
  on_chosen(export_, action, exported, run_export);

  auto anchored = std::make_shared<AnchorOptions>();
  Command anchor = add_command(group, "anchor", "Keep the newest entry's hash in a file or webhook outside the home",
                               "  apportion audit anchor /mnt/elsewhere/audit-anchors.jsonl\n"
                               "  apportion audit anchor https://example.com/anchors");
  anchor.add_option("PLACE", anchored->place, "File that gets a line, or https URL that it is sent to").required();
  on_chosen(anchor, action, anchored, run_anchor);

  auto verified = std::make_shared<VerifyOptions>();
  Command verify = add_command(group, "verify", "Check that no entry was changed, added or removed",
                               "  apportion audit verify\n  apportion audit verify --head HASH\n"
                               "  apportion audit verify --anchor /mnt/elsewhere/audit-anchors.jsonl");
  verify
      .add_option("--head", verified->head,
                  "Hash that `audit verify` printed earlier and that must still be in the log")
      .type_name("HASH");
  verify.add_option("--anchor", verified->anchors, "File of `audit anchor` whose entries must all still be in the log")
      .type_name("FILE");
  on_chosen(verify, action, verified, run_verify);
}

}  // namespace apportion
