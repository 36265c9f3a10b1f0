#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "pipeline/commitments/policy_file.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/month_scope.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

struct PolicyOptions {
  std::string file;
  std::optional<std::string> connection;
  std::optional<Month> month;
  std::optional<std::int64_t> version;
  bool no_split = false;
  bool dry_run = false;
};

// What is wrong with a file: faults of the file itself, else customers that do not exist.
Result<std::vector<Error>> faults_of(const Workspace& workspace, const std::string& text,
                                     const std::string& file_name) {
  CommitmentPolicyReading reading = read_policy_file(text, file_name);
  if (!reading.errors.empty()) return std::move(reading.errors);
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  std::vector<Error> faults;
  for (const CustomerId& named : customers_named(reading.file)) {
    const bool exists =
        named.raw() == kUnassignedCustomerId || std::ranges::find(customers, named, &Customer::id) != customers.end();
    if (exists) continue;
    faults.push_back({ErrorId::kNoCustomerYet, fmt::format("there is no customer `{}`", excerpt(named.raw())),
                      file_name, "a policy names it", "add the customer first: apportion customer add"});
  }
  return faults;
}

Json faults_json(const std::vector<Error>& faults) {
  Json list = Json::array();
  for (const Error& fault : faults) list.push_back(error_json(fault));
  return list;
}

Result<ExitCode> run_check(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto faults, faults_of(workspace, text, options.file));
  if (session.json()) {
    session.console().print_json({{"file", options.file}, {"ok", faults.empty()}, {"errors", faults_json(faults)}});
    return faults.empty() ? kExitDone : kExitCheckFailed;
  }
  for (const Error& fault : faults) session.console().print_text(fault.message() + '\n');
  session.console().say(
      fmt::format("{}: {}", options.file, count_of(static_cast<std::int64_t>(faults.size()), "error")));
  return faults.empty() ? kExitDone : kExitCheckFailed;
}

// The text of a good file; an error that holds all faults of a bad one.
Result<std::string> admitted(const Workspace& workspace, const std::string& file_name) {
  APPORTION_ASSIGN(std::string text, read_file(file_name));
  APPORTION_ASSIGN(const auto faults, faults_of(workspace, text, file_name));
  if (faults.empty()) return text;
  std::string why;
  for (const Error& fault : faults) why += (why.empty() ? "" : "\n") + fault.message();
  return Error{ErrorId::kPolicyFileRefused, "the policy file has errors and was not used", file_name, why,
               fmt::format("mend it; `apportion commitments policy check {}` checks it again", file_name)};
}

void add_preview(Table& table, const std::string& connection, const PolicyPreview& preview) {
  struct Sides {
    MoveTotal now, candidate;
  };
  std::map<std::pair<std::string, std::string>, Sides> customers;
  for (const MoveTotal& total : preview.now.totals) customers[{total.customer, total.currency}].now = total;
  for (const MoveTotal& total : preview.candidate.totals) customers[{total.customer, total.currency}].candidate = total;
  for (const auto& [key, sides] : customers) {
    table.rows.push_back({connection, key.first, key.second, sides.now.billed, sides.candidate.billed,
                          sides.candidate.billed - sides.now.billed, sides.now.effective, sides.candidate.effective,
                          sides.candidate.effective - sides.now.effective});
  }
  for (const std::string& note : preview.candidate.notes) table.notices.push_back(connection + ": " + note);
}

Result<ExitCode> run_preview(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const std::string text, admitted(workspace, options.file));
  APPORTION_ASSIGN(const CommitmentPolicyFile candidate, parse_policy_file(text, options.file));
  APPORTION_ASSIGN(const auto months,
                   months_in_scope(workspace, session.caller().scope(options.connection, options.month)));
  Table table;
  table.has_totals = true;
  table.columns = {{"Connection"}, {"CustomerId"}, {"BillingCurrency"}};
  for (const std::string_view column : {"BilledMovedOld", "BilledMovedNew", "BilledDifference", "EffectiveMovedOld",
                                        "EffectiveMovedNew", "EffectiveDifference"}) {
    table.columns.push_back({std::string(column), TableKind::kMoney});
  }
  for (const PublishedMonth& month : months) {
    if (!month.charge_set || !month.split) continue;
    APPORTION_ASSIGN(const PolicyPreview preview, preview_policies(workspace, month, candidate));
    add_preview(table, month.connection.name, preview);
  }
  if (session.json()) {
    session.console().print_json(
        {{"month", options.month->to_string()}, {"rows", rows_json(table)}, {"notes", table.notices}});
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_apply(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const std::string text, admitted(writable.workspace, options.file));
  APPORTION_ASSIGN(auto current, control_plane.current_document(DocumentKind::kCommitmentPolicies));
  const bool is_new = !current || current->text != text;
  if (options.dry_run) {
    if (session.json())
      session.console().print_json({{"file", options.file}, {"dry_run", true}, {"new_version", is_new}});
    session.console().say(is_new ? "the file is good and would become the policies in force"
                                 : "the file is in force already");
    return kExitDone;
  }
  APPORTION_ASSIGN(const FlowReport report,
                   apply_document(writable, DocumentKind::kCommitmentPolicies, is_new ? text : "", options.no_split));
  if (is_new) {
    APPORTION_ASSIGN(current, control_plane.current_document(DocumentKind::kCommitmentPolicies));
  }
  session.console().say(fmt::format("version {} of the commitment policies {} in force{}", current->version.raw(),
                                    is_new ? "is" : "was", is_new ? "" : " already"));
  if (session.json()) {
    Json document = {{"version", current->version.raw()}, {"new_version", is_new}};
    document.update(flow_json(report));
    session.console().print_json(document);
  }
  return show_flow(session, report);
}

Result<ExitCode> run_show(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto versions, workspace.control_plane.document_history(DocumentKind::kCommitmentPolicies));
  const auto found = std::ranges::find_if(
      versions, [&](const Document& version) { return !options.version || version.version.raw() == *options.version; });
  if (found == versions.end()) {
    return Error{
        ErrorId::kNoSuchPolicyVersion, "there is no such version of the commitment policies", "",
        versions.empty() ? "no policy file was applied yet" : "no version has this number",
        versions.empty() ? "apportion commitments policy apply FILE" : "see `apportion commitments policy history`"};
  }
  if (session.json()) {
    session.console().print_json(
        {{"version", found->version.raw()}, {"applied_at", found->applied_at}, {"yaml", found->text}});
    return kExitDone;
  }
  session.console().detail(fmt::format("version {}, applied at {}", found->version.raw(), found->applied_at));
  session.console().print_data(found->text);
  if (!found->text.ends_with('\n')) session.console().print_data("\n");
  return kExitDone;
}

Result<ExitCode> run_history(Session& session, const PolicyOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto versions, workspace.control_plane.document_history(DocumentKind::kCommitmentPolicies));
  if (session.json()) {
    Json list = Json::array();
    for (const Document& version : versions)
      list.push_back({{"version", version.version.raw()}, {"applied_at", version.applied_at}});
    session.console().print_json({{"versions", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Version", TableKind::kInteger}, {"AppliedAt"}, {"Policies", TableKind::kInteger}};
  for (const Document& version : versions) {
    std::int64_t policies = 0;
    for (const CommitmentPolicyList& list : read_policy_file(version.text, "").file.lists)
      policies += static_cast<std::int64_t>(list.policies.size());
    table.rows.push_back({version.version.raw(), version.applied_at, policies});
  }
  if (versions.empty())
    table.notices.emplace_back("no policy file was applied yet: apportion commitments policy apply FILE");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

void add_file_argument(CLI::App* command, PolicyOptions& options) {
  command->add_option("FILE", options.file, "Policy file (YAML)")->required();
}

}  // namespace

void add_commitment_policy_command(CLI::App& group, Action& action) {
  CLI::App* policy = add_group(group, "policy", "Who bears the cost of commitments: a YAML file, as split rules are");
  policy->footer("More about one of them: apportion commitments policy COMMAND --help");
  auto options = std::make_shared<PolicyOptions>();

  CLI::App* check =
      add_command(*policy, "check", "Look for errors in a file", "  apportion commitments policy check policies.yaml");
  add_file_argument(check, *options);
  on_chosen(check, action, options, run_check);

  CLI::App* preview = add_command(*policy, "preview", "Show what a file would move between customers",
                                  "  apportion commitments policy preview policies.yaml --month 2026-10");
  add_file_argument(preview, *options);
  add_month_option(preview, options->month, "Month to look at")->required();
  add_connection_option(preview, options->connection, "This connection only (default: all)");
  on_chosen(preview, action, options, run_preview);

  CLI::App* apply = add_command(*policy, "apply", "Put a file in force, and split the months by it that are not locked",
                                "  apportion commitments policy apply policies.yaml");
  add_file_argument(apply, *options);
  apply->add_flag("--no-split", options->no_split,
                  "Leave the published months as they are until the next sync or split");
  add_dry_run_option(apply, options->dry_run);
  on_chosen(apply, action, options, run_apply);

  CLI::App* show = add_command(*policy, "show", "Print the file in force, or an older version",
                               "  apportion commitments policy show");
  show->add_option("VERSION", options->version, "Number from `policy history` (default: the one in force)");
  on_chosen(show, action, options, run_show);

  CLI::App* history = add_command(*policy, "history", "List all versions that were applied, newest first",
                                  "  apportion commitments policy history");
  on_chosen(history, action, options, run_history);
}

}  // namespace apportion
