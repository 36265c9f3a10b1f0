#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/shown_text.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/document_commands.h"
#include "serve/format/change_document.h"
#include "serve/format/rule_document.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

struct RulesOptions {
  std::string file;
  std::optional<std::string> connection;
  std::optional<Month> month;
  std::string format = "table";
  bool all = false;
};

Result<ExitCode> run_check(Session& session, const RulesOptions& options) {
  APPORTION_ASSIGN(const DocumentText document, read_document(DocumentKind::kRules, options.file));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto findings, check_rules(session.caller(), workspace, document));
  const bool fails = has_errors(findings);
  if (session.json()) {
    session.console().print_json(rule_check_json(options.file, findings));
    return fails ? kExitCheckFailed : kExitDone;
  }
  for (const RuleFinding& finding : findings) {
    session.console().print_text(without_secrets(finding_text(finding, options.file)) + '\n');
  }
  session.console().say(fmt::format("{}: {}, {}", options.file,
                                    count_of(count_findings(findings, FindingSeverity::kError), "error"),
                                    count_of(count_findings(findings, FindingSeverity::kWarning), "warning")));
  return fails ? kExitCheckFailed : kExitDone;
}

// A preview covers any month; applied rules split only unlocked months.
void say_locked(Session& session, const std::vector<PublishedMonth>& months) {
  for (const PublishedMonth& month : months) {
    if (!month.month.locked) continue;
    session.console().say(fmt::format("{} {} is locked: `apportion rules apply` would leave it as it is",
                                      month.connection.name, month.month.month.to_string()));
  }
}

Result<ExitCode> run_preview(Session& session, const RulesOptions& options) {
  APPORTION_ASSIGN(DocumentText document, read_document(DocumentKind::kRules, options.file));
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const AdmittedDocument candidate, admit_told(session, workspace, std::move(document)));
  APPORTION_ASSIGN(const DocumentPreview preview,
                   preview_document(session.caller(), workspace, candidate, options.connection, options.month));
  if (session.json() || options.format == "json") {
    session.console().print_json(rule_preview_json(*options.month, preview, candidate.warnings()));
    return kExitDone;
  }
  say_locked(session, preview.months);
  if (options.format == "table") {
    APPORTION_TRY(show_changes(session.console(), preview.changes, options.all));
    return kExitDone;
  }
  std::ostringstream csv;
  APPORTION_TRY(write_csv(change_rows(preview.changes), CsvText::kDefused, csv));
  session.console().print_data(csv.view());
  return kExitDone;
}

void add_file_argument(Command command, RulesOptions& options) {
  command.add_option("FILE", options.file, "Rule file (YAML)").required();
}

}  // namespace

void add_rules_command(Command app, Action& action) {
  Command group =
      add_group(app, "rules", "Manage the split rules: a YAML file, checked and previewed before it is applied");
  auto options = std::make_shared<RulesOptions>();

  Command check_command =
      add_command(group, "check", "Check a file for errors and likely mistakes", "  apportion rules check rules.yaml");
  add_file_argument(check_command, *options);
  on_chosen(check_command, action, options, run_check);

  Command preview =
      add_command(group, "preview", "Show who would pay more and who less under a file, before it is applied",
                  "  apportion rules preview rules.yaml --month 2026-10");
  add_file_argument(preview, *options);
  add_month_option(preview, options->month, "Month to preview").required();
  add_connection_option(preview, options->connection, "This connection only (default: all)");
  preview.add_option("--format", options->format, "table, csv or json")
      .one_of({"table", "csv", "json"})
      .type_name("FORMAT")
      .show_default();
  preview.add_flag("--all", options->all, "Show every customer and tenant, not only the largest changes");
  on_chosen(preview, action, options, run_preview);

  const DocumentWords words{DocumentKind::kRules, "split rules", "rules", "rule file", "Rules"};
  add_apply_command(group, action, words);
  add_diff_command(group, action, words);
  add_revert_command(group, action, words);
  add_show_command(group, action, words);
  add_history_command(group, action, words);
}

}  // namespace apportion
