/// The commands, one file each. Internal to `cli`.
/// `add_…_command` adds a subcommand to the parser; once its arguments have been read, `action` holds what to do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "serve/cli/session.h"

namespace apportion {

void add_imports_command(CLI::App& app, Action& action);
void add_init_command(CLI::App& app, Action& action);
void add_sample_command(CLI::App& app, Action& action);
void add_connection_command(CLI::App& app, Action& action);
void add_connection_test_command(CLI::App& group, Action& action);
void add_connection_scopes_command(CLI::App& group, Action& action);
void add_connection_status_command(CLI::App& group, Action& action);
void add_exports_command(CLI::App& app, Action& action);
void add_alerts_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_config_command(CLI::App& app, Action& action);
void add_audit_command(CLI::App& app, Action& action);
void add_backup_command(CLI::App& app, Action& action);
void add_restore_command(CLI::App& app, Action& action);
void add_serve_command(CLI::App& app, Action& action);
void add_sync_command(CLI::App& app, Action& action);
void add_import_command(CLI::App& app, Action& action);
void add_jobs_command(CLI::App& app, Action& action);
/// Below `months`.
void add_late_command(CLI::App& group, Action& action);
void add_months_command(CLI::App& app, Action& action);
void add_customer_command(CLI::App& app, Action& action);
void add_rules_command(CLI::App& app, Action& action);
void add_split_command(CLI::App& app, Action& action);
void add_prove_command(CLI::App& app, Action& action);
void add_report_command(CLI::App& app, Action& action);
void add_query_command(CLI::App& app, Action& action);
void add_dataset_command(CLI::App& app, Action& action);
void add_columns_command(CLI::App& app, Action& action);
void add_commitments_command(CLI::App& app, Action& action);
void add_commitment_policy_command(CLI::App& group, Action& action);
void add_explain_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);

/// A subcommand with its line of help and an example that can be copied as is.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about, const std::string& examples);

/// A command that only groups others: one of them must follow.
CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& about);

/// Runs `run(session, *options)` when `command` itself was chosen, not one of its subcommands.
template <class Options, class Run>
void on_chosen(CLI::App* command, Action& action, std::shared_ptr<Options> options, Run run) {
  command->callback([command, &action, options, run] {
    if (!command->get_subcommands().empty()) return;
    action = [options, run](Session& session) { return run(session, *options); };
  });
}

/// Options shared by several commands.
CLI::Option* add_month_option(CLI::App* command, std::optional<Month>& month, const std::string& about,
                              const std::string& name = "--month");
CLI::Option* add_day_option(CLI::App* command, std::optional<Day>& day, const std::string& about,
                            const std::string& name);
/// --month, or --from and --to.
void add_months_options(CLI::App* command, std::optional<Month>& month, std::optional<Month>& first,
                        std::optional<Month>& last);
CLI::Option* add_connection_option(CLI::App* command, std::optional<std::string>& connection, const std::string& about);
CLI::Option* add_dry_run_option(CLI::App* command, bool& dry_run);

/// The program's version: `0.1.0`.
std::string program_version();

}  // namespace apportion
