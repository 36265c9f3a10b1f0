#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/late_changes.h"
#include "query/change_report.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/month_scope.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

struct LateOptions {
  MonthOptions scope;
  bool all = false;
};

struct DecisionOptions {
  std::string connection;
  std::optional<Month> month;
  std::string reason;

  LateDecision decision() const { return {connection, *month, reason}; }
};

Json late_json(const LateChange& change) {
  const HeldCharges& held = change.held;
  Json json = {{"connection", change.connection},
               {"month", held.month.to_string()},
               {"because", hold_cause_name(held.hold.cause)},
               {"detail", held.hold.detail},
               {"held_at", held.held_at},
               {"charge_set", held.charge_set.raw()},
               {"decision", hold_decision_name(held.decision)}};
  if (held.decision == HoldDecision::kOpen) return json;
  json["decided_at"] = held.decided_at;
  json["decided_by"] = held.decided_by;
  json["reason"] = held.reason;
  return json;
}

std::string decision_text(const HeldCharges& held) {
  if (held.decision == HoldDecision::kOpen) return "open";
  return fmt::format("{} at {}{}{}", hold_decision_name(held.decision), held.decided_at,
                     held.decided_by.empty() ? "" : " by " + held.decided_by,
                     held.reason.empty() ? "" : ": " + held.reason);
}

Table history_table(const std::vector<LateChange>& changes) {
  Table table;
  table.columns = {{"Connection"}, {"Month"}, {"Because"}, {"HeldAt"}, {"Detail"}, {"Decision"}};
  for (const LateChange& change : changes) {
    const HeldCharges& held = change.held;
    table.rows.push_back({change.connection, held.month.to_string(), std::string(hold_cause_name(held.hold.cause)),
                          held.held_at, held.hold.detail, decision_text(held)});
  }
  return table;
}

// What one of them would change, by customer and currency.
Result<Table> differences(Session& session, const Workspace& workspace, Engine& engine, const LateChange& change) {
  return change_report(
      engine, workspace.control_plane, Lake(workspace.home),
      {.scope = session.caller().scope(change.connection, change.held.month), .only_differences = true});
}

Result<ExitCode> run_late(Session& session, const LateOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto changes,
                   late_changes(workspace.control_plane, options.scope.scope_for(session.caller()), options.all));
  APPORTION_ASSIGN(ReadingEngine reading, ReadingEngine::open(workspace));
  Json list = Json::array();
  Table table;
  for (const LateChange& change : changes) {
    Json json = late_json(change);
    if (change.held.decision == HoldDecision::kOpen) {
      APPORTION_ASSIGN(Table of_month, differences(session, workspace, reading.engine, change));
      json["changes"] = rows_json(of_month);
      table.columns = of_month.columns;
      std::move(of_month.rows.begin(), of_month.rows.end(), std::back_inserter(table.rows));
      std::move(of_month.notices.begin(), of_month.notices.end(), std::back_inserter(table.notices));
    }
    list.push_back(std::move(json));
  }
  if (session.json()) {
    session.console().print_json({{"late", std::move(list)}});
    return kExitDone;
  }
  if (options.all) APPORTION_TRY(session.console().print_table(history_table(changes)));
  if (!options.all && !changes.empty()) APPORTION_TRY(session.console().print_table(table));
  if (changes.empty())
    session.console().say("nothing is held: every run that was taken in is in force or was decided on");
  if (!changes.empty() && !options.all) {
    session.console().say("decide: apportion months late accept|leave --connection NAME --month YYYY-MM --reason TEXT");
  }
  return kExitDone;
}

Result<ExitCode> run_leave(Session& session, const DecisionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_TRY(leave_late_change(writable, options.decision()));
  if (session.json()) {
    session.console().print_json(
        {{"connection", options.connection}, {"month", options.month->to_string()}, {"decision", "left"}});
  }
  session.console().say(fmt::format("{} {} stays as it is published", options.connection, options.month->to_string()));
  return kExitDone;
}

Result<ExitCode> run_accept(Session& session, const DecisionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const FlowReport report, accept_late_change(writable, options.decision()));
  if (session.json()) session.console().print_json(flow_json(report));
  const ExitCode code = show_flow(session, report);
  if (code == kExitDone) {
    session.console().say(fmt::format("{} {} is open; close it again: apportion months lock --connection {} --month {}",
                                      options.connection, options.month->to_string(), options.connection,
                                      options.month->to_string()));
  }
  return code;
}

void add_decision(CLI::App& group, Action& action, const std::string& name, const std::string& about,
                  Result<ExitCode> (*run)(Session&, const DecisionOptions&)) {
  auto options = std::make_shared<DecisionOptions>();
  CLI::App* command = add_command(
      group, name, about,
      fmt::format("  apportion months late {} --connection acme --month 2026-10 --reason 'credit of ticket 4711'",
                  name));
  command->add_option("--connection", options->connection, "The connection")->required()->type_name("NAME");
  add_month_option(command, options->month, "The month")->required();
  command->add_option("--reason", options->reason, "Why; kept in the audit log")->required()->type_name("TEXT");
  on_chosen(command, action, options, run);
}

}  // namespace

void add_late_command(CLI::App& group, Action& action) {
  auto options = std::make_shared<LateOptions>();
  CLI::App* command =
      add_command(group, "late", "Show newer charges that are held: what they would change, by customer; or decide",
                  "  apportion months late\n  apportion months late --all\n"
                  "  apportion months late leave --connection acme --month 2026-10 --reason 'already credited'");
  command->require_subcommand(0, 1);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  add_month_option(command, options->scope.month, "This month only (default: all)");
  command->add_flag("--all", options->all, "Those that were decided too, with who decided, when and why");
  on_chosen(command, action, options, run_late);
  add_decision(*command, action, "accept", "Put the newer charges in force; a locked month is open afterwards",
               run_accept);
  add_decision(*command, action, "leave", "Leave what is in force as it is", run_leave);
}

}  // namespace apportion
