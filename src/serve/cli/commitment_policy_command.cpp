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
#include "serve/cli/document_commands.h"
#include "serve/cli/month_scope.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

struct PolicyOptions {
  std::string file;
  std::optional<std::string> connection;
  std::optional<Month> month;
  std::optional<std::int64_t> version;
  bool all = false;
};

// What is wrong with a file: faults of the file itself, or else customers that do not exist.
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

// Refuses a text with faults, and lists all of them.
Result<void> admit(const Workspace& workspace, const std::string& text, const std::string& file_name) {
  APPORTION_ASSIGN(const auto faults, faults_of(workspace, text, file_name));
  if (faults.empty()) return ok();
  std::string why;
  for (const Error& fault : faults) why += (why.empty() ? "" : "\n") + fault.message();
  return Error{ErrorId::kPolicyFileRefused, "the policy file has errors and was not used", file_name, why,
               fmt::format("correct it, then check it: `apportion commitments policy check {}`", file_name)};
}

DocumentWords policy_words() {
  return {DocumentKind::kCommitmentPolicies, "commitment policies", "commitments policy",
          [](Session& /*session*/, const Workspace& workspace, const std::string& text,
             const std::string& name) -> Result<Json> {
            APPORTION_TRY(admit(workspace, text, name));
            return Json::object();
          }};
}

std::vector<AssignedPart> parts_of(const ReallocationResult& moved, bool knows_effective) {
  std::vector<AssignedPart> parts;
  for (const MoveTotal& total : moved.totals) {
    AssignedPart part;
    part.customer = total.customer;
    part.currency = total.currency;
    part.rule = "commitment policies";
    part.rows = total.moves;
    part.costs.billed = total.billed;
    part.costs.effective = knows_effective ? std::optional(total.effective) : std::nullopt;
    parts.push_back(std::move(part));
  }
  return parts;
}

// The moves are compared, not the customers' total amounts.
Table with_names_of_moves(Table table) {
  const std::map<std::string, std::string> names = {
      {"BilledCostOld", "BilledMovedOld"},          {"BilledCostNew", "BilledMovedNew"},
      {"BilledCostDifference", "BilledDifference"}, {"EffectiveCostOld", "EffectiveMovedOld"},
      {"EffectiveCostNew", "EffectiveMovedNew"},    {"EffectiveCostDifference", "EffectiveDifference"}};
  for (TableColumn& column : table.columns) {
    const auto found = names.find(column.name);
    if (found != names.end()) column.name = found->second;
  }
  return table;
}

Result<ExitCode> run_preview(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(const std::string text, read_file(options.file));
  APPORTION_TRY(admit(workspace, text, options.file));
  APPORTION_ASSIGN(const CommitmentPolicyFile candidate, parse_policy_file(text, options.file));
  APPORTION_ASSIGN(const auto months,
                   months_in_scope(workspace, session.caller().scope(options.connection, options.month)));
  AmountChanges changes;
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  changes.name_customers(customers);
  std::vector<std::string> notes;
  for (const PublishedMonth& month : months) {
    if (!month.charge_set || !month.split) continue;
    APPORTION_ASSIGN(const PolicyPreview preview, preview_policies(workspace, month, candidate));
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(workspace.control_plane, ReadScope::of_partner(), {month}));
    const bool knows_effective = snapshot.knows_effective_cost(month);
    changes.add_month(month.connection.name, month.month.month, parts_of(preview.now, knows_effective),
                      parts_of(preview.candidate, knows_effective), false);
    for (const std::string& note : preview.candidate.notes) notes.push_back(month.connection.name + ": " + note);
  }
  if (session.json()) {
    session.console().print_json({{"month", options.month->to_string()},
                                  {"rows", rows_json(with_names_of_moves(change_rows(changes)))},
                                  {"notes", notes}});
    return kExitDone;
  }
  Table table = with_names_of_moves(change_table(changes, options.all));
  if (table.rows.empty()) {
    session.console().say("nothing would change: the file moves what the policies in force move");
  } else {
    APPORTION_TRY(session.console().print_table(table));
  }
  for (const std::string& note : notes) session.console().say(note);
  return kExitDone;
}

Result<ExitCode> run_show(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto versions, workspace.control_plane.document_history(DocumentKind::kCommitmentPolicies));
  const auto found = std::ranges::find_if(
      versions, [&](const Document& version) { return !options.version || version.version.raw() == *options.version; });
  if (found == versions.end()) {
    return Error{
        ErrorId::kNoSuchPolicyVersion, "there is no such version of the commitment policies", "",
        versions.empty() ? "no policy file has been applied yet" : "no version has this number",
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
    table.notices.emplace_back("no policy file has been applied yet: apportion commitments policy apply FILE");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

void add_file_argument(CLI::App* command, PolicyOptions& options) {
  command->add_option("FILE", options.file, "Policy file (YAML)")->required();
}

}  // namespace

void add_commitment_policy_command(CLI::App& group, Action& action) {
  CLI::App* policy =
      add_group(group, "policy", "Decide who bears the cost of commitments: a YAML file, like the split rules");
  policy->footer("Help for one of them: apportion commitments policy COMMAND --help");
  auto options = std::make_shared<PolicyOptions>();

  CLI::App* check =
      add_command(*policy, "check", "Check a file for errors", "  apportion commitments policy check policies.yaml");
  add_file_argument(check, *options);
  on_chosen(check, action, options, run_check);

  CLI::App* preview = add_command(*policy, "preview", "Show what a file would move between customers",
                                  "  apportion commitments policy preview policies.yaml --month 2026-10");
  add_file_argument(preview, *options);
  add_month_option(preview, options->month, "Month to preview")->required();
  add_connection_option(preview, options->connection, "This connection only (default: all)");
  preview->add_flag("--all", options->all, "Show every customer, not only the largest changes");
  on_chosen(preview, action, options, run_preview);

  add_apply_command(*policy, action, policy_words());
  add_diff_command(*policy, action, policy_words());
  add_revert_command(*policy, action, policy_words());

  CLI::App* show = add_command(*policy, "show", "Print the file in force, or an older version",
                               "  apportion commitments policy show");
  show->add_option("VERSION,--version", options->version, "Number from `policy history` (default: the one in force)");
  on_chosen(show, action, options, run_show);

  CLI::App* history = add_command(*policy, "history", "List all applied versions, newest first",
                                  "  apportion commitments policy history");
  on_chosen(history, action, options, run_history);
}

}  // namespace apportion
