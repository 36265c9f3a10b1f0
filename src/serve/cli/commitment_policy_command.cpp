#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/document_commands.h"
#include "serve/format/policy_document.h"

namespace apportion {
namespace {

struct PolicyOptions {
  std::string file;
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool all = false;
};

Result<ExitCode> run_check(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(const DocumentText document, read_document(DocumentKind::kCommitmentPolicies, options.file));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto faults, check_policies(session.caller(), workspace, document));
  if (session.json()) {
    session.console().print_json(policy_check_json(options.file, faults));
    return faults.empty() ? kExitDone : kExitCheckFailed;
  }
  for (const Error& fault : faults) session.console().print_text(fault.message() + '\n');
  session.console().say(
      fmt::format("{}: {}", options.file, count_of(static_cast<std::int64_t>(faults.size()), "error")));
  return faults.empty() ? kExitDone : kExitCheckFailed;
}

Result<ExitCode> run_preview(Session& session, const PolicyOptions& options) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  APPORTION_ASSIGN(DocumentText document, read_document(DocumentKind::kCommitmentPolicies, options.file));
  APPORTION_ASSIGN(const AdmittedDocument candidate, admit_document(session.caller(), workspace, std::move(document)));
  APPORTION_ASSIGN(const DocumentPreview preview,
                   preview_document(session.caller(), workspace, candidate, options.connection, options.month));
  if (session.json()) {
    session.console().print_json(policy_preview_json(*options.month, preview));
    return kExitDone;
  }
  Table table = with_names_of_moves(change_table(preview.changes, options.all));
  if (table.rows.empty()) {
    session.console().say("nothing would change: the file moves what the policies in force move");
  } else {
    APPORTION_TRY(session.console().print_table(table));
  }
  for (const std::string& note : preview.notes) session.console().say(note);
  return kExitDone;
}

void add_file_argument(Command command, PolicyOptions& options) {
  command.add_option("FILE", options.file, "Policy file (YAML)").required();
}

}  // namespace

void add_commitment_policy_command(Command group, Action& action) {
  Command policy =
      add_group(group, "policy", "Decide who bears the cost of commitments: a YAML file, like the split rules");
  policy.footer("Help for one of them: apportion commitments policy COMMAND --help");
  auto options = std::make_shared<PolicyOptions>();

  Command check =
      add_command(policy, "check", "Check a file for errors", "  apportion commitments policy check policies.yaml");
  add_file_argument(check, *options);
  on_chosen(check, action, options, run_check);

  Command preview = add_command(policy, "preview", "Show what a file would move between customers",
                                "  apportion commitments policy preview policies.yaml --month 2026-10");
  add_file_argument(preview, *options);
  add_month_option(preview, options->month, "Month to preview").required();
  add_connection_option(preview, options->connection, "This connection only (default: all)");
  preview.add_flag("--all", options->all, "Show every customer, not only the largest changes");
  on_chosen(preview, action, options, run_preview);

  const DocumentWords words{DocumentKind::kCommitmentPolicies, "commitment policies", "commitments policy",
                            "policy file", "Policies"};
  add_apply_command(policy, action, words);
  add_diff_command(policy, action, words);
  add_revert_command(policy, action, words);
  add_show_command(policy, action, words);
  add_history_command(policy, action, words);
}

}  // namespace apportion
