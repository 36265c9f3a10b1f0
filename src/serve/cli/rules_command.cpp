#include <algorithm>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/customer_discovery.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"
#include "pipeline/split/rule_check.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/document_commands.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/month_scope.h"
#include "serve/format/table_formats.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

struct RulesOptions {
  std::string file;
  std::optional<std::string> connection;
  std::optional<Month> month;
  std::optional<std::int64_t> version;
  std::string format = "table";
  bool all = false;
};

Result<std::vector<RuleFinding>> check(const Workspace& workspace, const std::string& text,
                                       const std::string& file_name) {
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  APPORTION_ASSIGN(auto months, newest_months(workspace.control_plane));
  APPORTION_ASSIGN(const auto tenants, seen_tenants(workspace, std::move(months)));
  return check_rule_file(text, file_name, customers, tenants);
}

std::string_view severity_name(FindingSeverity severity) {
  return severity == FindingSeverity::kError ? "error" : "warning";
}

std::string finding_text(const RuleFinding& finding, const std::string& file_name) {
  std::string text = fmt::format("{}: {}: {}", finding.where.empty() ? file_name : finding.where,
                                 severity_name(finding.severity), finding.what);
  if (!finding.rule.empty()) text += fmt::format(" (rule `{}`, list {})", finding.rule, finding.list);
  if (!finding.next.empty()) text += "\n  next: " + finding.next;
  return text;
}

std::int64_t count(const std::vector<RuleFinding>& findings, FindingSeverity severity) {
  return std::count_if(findings.begin(), findings.end(),
                       [severity](const RuleFinding& finding) { return finding.severity == severity; });
}

Json findings_json(const std::vector<RuleFinding>& findings) {
  Json list = Json::array();
  for (const RuleFinding& finding : findings) {
    Json row = {{"severity", severity_name(finding.severity)}, {"what", finding.what}};
    if (!finding.where.empty()) row["where"] = finding.where;
    if (!finding.list.empty()) row["list"] = finding.list;
    if (!finding.rule.empty()) row["rule"] = finding.rule;
    if (!finding.next.empty()) row["next"] = finding.next;
    list.push_back(std::move(row));
  }
  return list;
}

Result<ExitCode> run_check(Session& session, const RulesOptions& options) {
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto findings, check(workspace, text, options.file));
  const bool fails = has_errors(findings);
  const std::int64_t errors = count(findings, FindingSeverity::kError);
  const std::int64_t warnings = count(findings, FindingSeverity::kWarning);
  if (session.json()) {
    session.console().print_json({{"file", options.file},
                                  {"ok", !fails},
                                  {"errors", errors},
                                  {"warnings", warnings},
                                  {"findings", findings_json(findings)}});
    return fails ? kExitCheckFailed : kExitDone;
  }
  for (const RuleFinding& finding : findings) {
    session.console().print_text(without_secrets(finding_text(finding, options.file)) + '\n');
  }
  session.console().say(
      fmt::format("{}: {}, {}", options.file, count_of(errors, "error"), count_of(warnings, "warning")));
  return fails ? kExitCheckFailed : kExitDone;
}

/// Checks a file that is about to be used: refused if it has errors; warnings are shown and returned.
Result<std::vector<RuleFinding>> admit(Session& session, const Workspace& workspace, const std::string& text,
                                       const std::string& file_name) {
  APPORTION_ASSIGN(const auto findings, check(workspace, text, file_name));
  std::string errors;
  for (const RuleFinding& finding : findings) {
    if (finding.severity == FindingSeverity::kWarning) {
      session.console().say(finding_text(finding, file_name));
    } else {
      errors += (errors.empty() ? "" : "\n") + finding_text(finding, file_name);
    }
  }
  if (errors.empty()) return findings;
  return Error{ErrorId::kRuleFileRefused, "the rule file has errors and was not used", file_name, errors,
               fmt::format("correct it, then check it: `apportion rules check {}`", file_name)};
}

Json preview_json(const RulesOptions& options, const AmountChanges& changes) {
  Json document = {{"month", options.month->to_string()}, {"rows", rows_json(change_rows(changes))}};
  Json shown;
  add_changes(shown, changes);
  document["unassigned_tenants"] = std::move(shown["unassigned_tenants"]);
  return document;
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
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto warnings, admit(session, workspace, text, options.file));
  APPORTION_ASSIGN(const RuleFile candidate, parse_rule_file(text, options.file));
  APPORTION_ASSIGN(const auto months,
                   months_in_scope(workspace, session.caller().scope(options.connection, options.month)));
  APPORTION_ASSIGN(const AmountChanges changes, preview_rule_changes(workspace, months, candidate));
  if (session.json() || options.format == "json") {
    Json document = preview_json(options, changes);
    document["warnings"] = findings_json(warnings);
    session.console().print_json(document);
    return kExitDone;
  }
  say_locked(session, months);
  if (options.format == "table") {
    APPORTION_TRY(show_changes(session.console(), changes, options.all));
    return kExitDone;
  }
  std::ostringstream csv;
  APPORTION_TRY(write_csv(change_rows(changes), CsvText::kDefused, csv));
  session.console().print_data(csv.view());
  return kExitDone;
}

DocumentWords rule_words() {
  return {DocumentKind::kRules, "split rules", "rules",
          [](Session& session, const Workspace& workspace, const std::string& text,
             const std::string& name) -> Result<Json> {
            APPORTION_ASSIGN(const auto warnings, admit(session, workspace, text, name));
            return Json{{"warnings", findings_json(warnings)}};
          }};
}

Result<Document> chosen_version(const ControlPlane& control_plane, const RulesOptions& options) {
  if (options.version) return control_plane.document(DocumentKind::kRules, DocumentVersion(*options.version));
  APPORTION_ASSIGN(auto current, control_plane.current_document(DocumentKind::kRules));
  if (current) return *std::move(current);
  return Error{ErrorId::kNoRulesYet, "there are no split rules yet", "",
               "no rule file has been applied; charges are assigned by the tenants of customers only",
               "apportion rules apply FILE"};
}

Json version_json(const Document& version) {
  return {{"version", version.version.raw()}, {"applied_at", version.applied_at}};
}

Result<ExitCode> run_show(Session& session, const RulesOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Document version, chosen_version(workspace.control_plane, options));
  if (session.json()) {
    Json document = version_json(version);
    document["yaml"] = version.text;
    session.console().print_json(document);
    return kExitDone;
  }
  session.console().detail(fmt::format("version {}, applied at {}", version.version.raw(), version.applied_at));
  session.console().print_data(version.text);
  if (!version.text.ends_with('\n')) session.console().print_data("\n");
  return kExitDone;
}

Result<ExitCode> run_history(Session& session, const RulesOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto versions, workspace.control_plane.document_history(DocumentKind::kRules));
  if (session.json()) {
    Json list = Json::array();
    for (const Document& version : versions) list.push_back(version_json(version));
    session.console().print_json({{"versions", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {
      {"Version", TableKind::kInteger}, {"AppliedAt"}, {"Lists", TableKind::kInteger}, {"Rules", TableKind::kInteger}};
  for (const Document& version : versions) {
    const RuleFile file = read_rule_file(version.text, "").file;
    std::int64_t rules = 0;
    for (const RuleList& list : file.lists) rules += static_cast<std::int64_t>(list.rules.size());
    table.rows.push_back(
        {version.version.raw(), version.applied_at, static_cast<std::int64_t>(file.lists.size()), rules});
  }
  if (versions.empty()) table.notices.emplace_back("no rule file has been applied yet; see apportion rules apply FILE");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

void add_file_argument(CLI::App* command, RulesOptions& options) {
  command->add_option("FILE", options.file, "Rule file (YAML)")->required();
}

}  // namespace

void add_rules_command(CLI::App& app, Action& action) {
  CLI::App* group =
      add_group(app, "rules", "Manage the split rules: a YAML file, checked and previewed before it is applied");
  auto options = std::make_shared<RulesOptions>();

  CLI::App* check_command =
      add_command(*group, "check", "Check a file for errors and likely mistakes", "  apportion rules check rules.yaml");
  add_file_argument(check_command, *options);
  on_chosen(check_command, action, options, run_check);

  CLI::App* preview =
      add_command(*group, "preview", "Show who would pay more and who less under a file, before it is applied",
                  "  apportion rules preview rules.yaml --month 2026-10");
  add_file_argument(preview, *options);
  add_month_option(preview, options->month, "Month to preview")->required();
  add_connection_option(preview, options->connection, "This connection only (default: all)");
  preview->add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}).description(""))
      ->type_name("FORMAT")
      ->capture_default_str();
  preview->add_flag("--all", options->all, "Show every customer and tenant, not only the largest changes");
  on_chosen(preview, action, options, run_preview);

  add_apply_command(*group, action, rule_words());
  add_diff_command(*group, action, rule_words());
  add_revert_command(*group, action, rule_words());

  CLI::App* show = add_command(*group, "show", "Print the file in force, or an older version",
                               "  apportion rules show\n  apportion rules show 3");
  show->add_option("VERSION,--version", options->version, "Number from `rules history` (default: the one in force)");
  on_chosen(show, action, options, run_show);

  CLI::App* history =
      add_command(*group, "history", "List all applied versions, newest first", "  apportion rules history");
  on_chosen(history, action, options, run_history);
}

}  // namespace apportion
