/// The commands, one file each. Internal to `cli`.
/// `add_…_command` adds a subcommand to the parser; once its arguments have been read, `action` holds what to do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "serve/cli/command.h"
#include "serve/cli/session.h"

namespace apportion {

void add_imports_command(Command app, Action& action);
void add_init_command(Command app, Action& action);
void add_sample_command(Command app, Action& action);
void add_demo_command(Command app, Action& action);
void add_first_day_command(Command app, Action& action);
void add_connection_command(Command app, Action& action);
void add_connection_test_command(Command group, Action& action);
void add_connection_scopes_command(Command group, Action& action);
void add_connection_status_command(Command group, Action& action);
void add_exports_command(Command app, Action& action);
void add_alerts_command(Command app, Action& action);
void add_doctor_command(Command app, Action& action);
void add_config_command(Command app, Action& action);
void add_audit_command(Command app, Action& action);
void add_backup_command(Command app, Action& action);
void add_restore_command(Command app, Action& action);
void add_serve_command(Command app, Action& action);
void add_sync_command(Command app, Action& action);
void add_import_command(Command app, Action& action);
void add_jobs_command(Command app, Action& action);
void add_key_command(Command app, Action& action);
/// Below `months`.
void add_late_command(Command group, Action& action);
void add_months_command(Command app, Action& action);
void add_customer_command(Command app, Action& action);
void add_user_command(Command app, Action& action);
void add_token_command(Command app, Action& action);
void add_rules_command(Command app, Action& action);
void add_split_command(Command app, Action& action);
void add_prove_command(Command app, Action& action);
void add_report_command(Command app, Action& action);
/// Below `report`.
void add_report_send_command(Command group, Action& action);
void add_report_subscriptions_command(Command group, Action& action);
void add_report_folders_command(Command group, Action& action);
/// Below `config`.
void add_brand_command(Command group, Action& action);
void add_query_command(Command app, Action& action);
void add_dataset_command(Command app, Action& action);
void add_dataset_focus_command(Command group, Action& action);
void add_columns_command(Command app, Action& action);
void add_commitments_command(Command app, Action& action);
void add_commitment_policy_command(Command group, Action& action);
void add_explain_command(Command app, Action& action);
void add_reconcile_command(Command app, Action& action);
void add_invoice_command(Command app, Action& action);
void add_migrate_command(Command app, Action& action);
void add_completion_command(Command app, Action& action);
void add_version_command(Command app, Action& action);
void add_worker_command(Command app, Action& action);

/// A subcommand with its line of help and an example that can be copied as is.
Command add_command(Command parent, const std::string& name, const std::string& about, const std::string& examples);

/// A command that only groups others: one of them must follow.
Command add_group(Command parent, const std::string& name, const std::string& about);

/// Runs `run(session, *options)` when `command` itself was chosen, not one of its subcommands.
template <class Options, class Run>
void on_chosen(Command command, Action& action, std::shared_ptr<Options> options, Run run) {
  command.on_chosen([command, &action, options, run] {
    if (command.has_chosen_subcommand()) return;
    action = [options, run](Session& session) { return run(session, *options); };
  });
}

/// Options shared by several commands.
CommandOption add_month_option(Command command, std::optional<Month>& month, const std::string& about,
                               const std::string& name = "--month");
CommandOption add_day_option(Command command, std::optional<Day>& day, const std::string& about,
                             const std::string& name);
/// --month, or --from and --to.
void add_months_options(Command command, std::optional<Month>& month, std::optional<Month>& first,
                        std::optional<Month>& last);
struct MonthRange {
  Month first;
  Month last;
};
/// `2026-08..2026-10`, or one month.
CommandOption add_month_range_option(Command command, std::optional<MonthRange>& range, const std::string& about);
CommandOption add_connection_option(Command command, std::optional<std::string>& connection, const std::string& about);
CommandOption add_dry_run_option(Command command, bool& dry_run);

/// The program's version: `0.1.0`.
std::string program_version();

}  // namespace apportion
