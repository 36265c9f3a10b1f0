#include <algorithm>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"
#include "pipeline/split/rule_check.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/rule_preview.h"
#include "serve/cli/seen_tenants.sql.h"
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
  bool no_split = false;
  bool dry_run = false;
};

/// The tenants of the newest published month of each connection.
Result<std::vector<SeenTenant>> seen_tenants(const Workspace& workspace) {
  APPORTION_ASSIGN(const auto all, published_months(workspace.control_plane, ReadScope::of_partner()));
  std::vector<PublishedMonth> newest;
  for (const PublishedMonth& month : all) {
    if (!month.charge_set) continue;
    if (!newest.empty() && newest.back().connection.id == month.connection.id) newest.pop_back();
    newest.push_back(month);
  }
  std::vector<SeenTenant> tenants;
  if (newest.empty()) return tenants;
  APPORTION_ASSIGN(ReadingEngine reading, ReadingEngine::open(workspace));
  APPORTION_ASSIGN(const Snapshot snapshot,
                   Snapshot::of(workspace.control_plane, ReadScope::of_partner(), std::move(newest)));
  APPORTION_TRY(open_relations(reading.engine, Lake(workspace.home), snapshot));
  APPORTION_TRY(reading.engine.query(sql::kSeenTenantsSql, {}, [&tenants](const EngineRow& row) -> Result<void> {
    tenants.push_back({std::string(row.text(0)), row.is_null(1) ? std::string() : std::string(row.text(1))});
    return ok();
  }));
  return tenants;
}

Result<std::vector<RuleFinding>> check(const Workspace& workspace, const std::string& text,
                                       const std::string& file_name) {
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  APPORTION_ASSIGN(const auto tenants, seen_tenants(workspace));
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

/// Checks a file that is about to be used: errors refuse it, warnings are told and returned.
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
               fmt::format("mend it; `apportion rules check {}` checks it again", file_name)};
}

Result<std::vector<ConnectionPreview>> preview_all(const Session& session, Workspace& workspace,
                                                   const RulesOptions& options, const RuleFile& candidate) {
  APPORTION_ASSIGN(const auto months,
                   months_in_scope(workspace, session.caller().scope(options.connection, options.month)));
  std::vector<ConnectionPreview> previews;
  for (const PublishedMonth& month : months) {
    if (!month.charge_set) continue;
    APPORTION_ASSIGN(PreviewTotals totals, preview_rules(workspace, month.connection, *options.month, candidate));
    previews.push_back({month.connection.name, std::move(totals)});
  }
  return previews;
}

Json preview_json(const RulesOptions& options, const std::vector<ConnectionPreview>& previews) {
  Json tenants = Json::array();
  for (const ConnectionPreview& preview : previews) {
    for (const UnassignedTenant& tenant : newly_unassigned(preview.totals)) {
      tenants.push_back(
          {{"connection", preview.connection}, {"tenant_id", tenant.tenant_id}, {"tenant_name", tenant.tenant_name}});
    }
  }
  return {{"month", options.month->to_string()},
          {"rows", rows_json(preview_table(previews))},
          {"newly_unassigned_tenants", std::move(tenants)}};
}

Result<ExitCode> run_preview(Session& session, const RulesOptions& options) {
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto warnings, admit(session, workspace, text, options.file));
  APPORTION_ASSIGN(const RuleFile candidate, parse_rule_file(text, options.file));
  APPORTION_ASSIGN(const auto previews, preview_all(session, workspace, options, candidate));
  if (session.json() || options.format == "json") {
    Json document = preview_json(options, previews);
    document["warnings"] = findings_json(warnings);
    session.console().print_json(document);
    return kExitDone;
  }
  Table table = preview_table(previews);
  for (const ConnectionPreview& preview : previews) {
    for (const UnassignedTenant& tenant : newly_unassigned(preview.totals)) {
      table.notices.push_back(fmt::format("{}: tenant {} ({}) would become unassigned", preview.connection,
                                          excerpt(tenant.tenant_name),
                                          tenant.tenant_id.empty() ? "no tenant id" : tenant.tenant_id));
    }
  }
  if (options.format == "csv") {
    std::ostringstream csv;
    APPORTION_TRY(write_csv(table, CsvText::kDefused, csv));
    session.console().print_data(csv.view());
    session.console().print_notices(table);
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_apply(Session& session, const RulesOptions& options) {
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const auto warnings, admit(session, writable.workspace, text, options.file));
  APPORTION_ASSIGN(auto current, control_plane.current_document(DocumentKind::kRules));
  const bool is_new = !current || current->text != text;
  if (options.dry_run) {
    if (session.json()) {
      session.console().print_json(
          {{"file", options.file}, {"dry_run", true}, {"new_version", is_new}, {"warnings", findings_json(warnings)}});
    }
    session.console().say(is_new ? "the file is good and would become the rules in force"
                                 : "the file is in force already");
    return kExitDone;
  }
  APPORTION_ASSIGN(const FlowReport report,
                   apply_document(writable, DocumentKind::kRules, is_new ? text : "", options.no_split));
  if (is_new) {
    APPORTION_ASSIGN(current, control_plane.current_document(DocumentKind::kRules));
  }
  session.console().say(fmt::format("version {} of the split rules {} in force{}", current->version.raw(),
                                    is_new ? "is" : "was", is_new ? "" : " already"));
  if (options.no_split) APPORTION_TRY(say_stale_months(session.console(), control_plane));
  if (session.json()) {
    Json document = {
        {"version", current->version.raw()}, {"new_version", is_new}, {"warnings", findings_json(warnings)}};
    document.update(flow_json(report));
    session.console().print_json(document);
  }
  return show_flow(session, report);
}

Result<Document> chosen_version(const ControlPlane& control_plane, const RulesOptions& options) {
  if (options.version) return control_plane.document(DocumentKind::kRules, DocumentVersion(*options.version));
  APPORTION_ASSIGN(auto current, control_plane.current_document(DocumentKind::kRules));
  if (current) return *std::move(current);
  return Error{ErrorId::kNoRulesYet, "there are no split rules yet", "",
               "no rule file was applied; charges go by the tenants of customers only", "apportion rules apply FILE"};
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
  if (versions.empty()) table.notices.emplace_back("no rule file was applied yet: apportion rules apply FILE");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

void add_file_argument(CLI::App* command, RulesOptions& options) {
  command->add_option("FILE", options.file, "Rule file (YAML)")->required();
}

}  // namespace

void add_rules_command(CLI::App& app, Action& action) {
  CLI::App* group = add_group(app, "rules", "The split rules: a YAML file, checked and previewed before it is applied");
  auto options = std::make_shared<RulesOptions>();

  CLI::App* check_command = add_command(*group, "check", "Look for errors and for what is probably not meant",
                                        "  apportion rules check rules.yaml");
  add_file_argument(check_command, *options);
  on_chosen(check_command, action, options, run_check);

  CLI::App* preview =
      add_command(*group, "preview", "Show what each customer would pay by a file that is not applied yet",
                  "  apportion rules preview rules.yaml --month 2026-10");
  add_file_argument(preview, *options);
  add_month_option(preview, options->month, "Month to look at")->required();
  add_connection_option(preview, options->connection, "This connection only (default: all)");
  preview->add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}).description(""))
      ->type_name("FORMAT")
      ->capture_default_str();
  on_chosen(preview, action, options, run_preview);

  CLI::App* apply = add_command(*group, "apply", "Put a file in force, and split the months by it that are not locked",
                                "  apportion rules apply rules.yaml");
  add_file_argument(apply, *options);
  apply->add_flag("--no-split", options->no_split,
                  "Leave the published months as they are until the next sync or split");
  add_dry_run_option(apply, options->dry_run);
  on_chosen(apply, action, options, run_apply);

  CLI::App* show = add_command(*group, "show", "Print the file in force, or an older version",
                               "  apportion rules show\n  apportion rules show 3");
  show->add_option("VERSION", options->version, "Number from `rules history` (default: the one in force)");
  on_chosen(show, action, options, run_show);

  CLI::App* history =
      add_command(*group, "history", "List all versions that were applied, newest first", "  apportion rules history");
  on_chosen(history, action, options, run_history);
}

}  // namespace apportion
