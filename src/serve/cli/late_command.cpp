#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/carried_changes.h"
#include "application/late_changes.h"
#include "foundation/base/count_text.h"
#include "foundation/money/money.h"
#include "query/change_report.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/month_scope.h"
#include "serve/format/flow_document.h"
#include "serve/format/late_change_document.h"

namespace apportion {
namespace {

struct LateOptions {
  MonthOptions scope;
  bool all = false;
  std::optional<std::string> engine;
};

struct DecisionOptions {
  std::string connection;
  std::optional<Month> month;
  std::string reason;
  ReviewOptions review;  // `leave` has --dry-run of it only

  LateDecision decision() const { return {connection, *month, reason}; }
};

struct CarryOptions {
  CarryRequest request;
  std::optional<Month> to;
  bool undo = false;
  ReviewOptions review;
};

std::string decision_text(const LateChange& change) {
  const HeldCharges& held = change.held;
  if (held.decision == HoldDecision::kOpen) return "open";
  return fmt::format("{}{} at {}{}{}", hold_decision_name(held.decision),
                     change.carry ? " to " + change.carry->to.to_string() : "", held.decided_at,
                     held.decided_by.empty() ? "" : " by " + held.decided_by,
                     held.reason.empty() ? "" : ": " + held.reason);
}

Table history_table(const std::vector<LateChange>& changes) {
  Table table;
  table.columns = {{"Connection"}, {"Month"}, {"Because"}, {"HeldAt"}, {"Detail"}, {"Decision"}};
  for (const LateChange& change : changes) {
    const HeldCharges& held = change.held;
    table.rows.push_back({change.connection, held.month.to_string(), std::string(hold_cause_name(held.hold.cause)),
                          held.held_at, held.hold.detail, decision_text(change)});
  }
  return table;
}

// What one of them would change, per customer and currency.
Result<Table> differences(Session& session, LakeReader& lake, const LateChange& change) {
  return change_report(
      lake, {.scope = session.caller().scope(change.connection, change.held.month), .only_differences = true});
}

// The part of the table of differences that can be read at a glance: the largest of each month and currency first.
Table brief(Table table) {
  const auto is_shown = [](const TableColumn& column) {
    return column.kind == TableKind::kText || column.name.ends_with("Difference");
  };
  const auto position_of = [&table](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(table.columns, name, &TableColumn::name) - table.columns.begin());
  };
  const std::size_t currency = position_of("BillingCurrency");
  const std::size_t billed = position_of("BilledCostDifference");
  const auto size_of = [billed](const std::vector<TableCell>& row) {
    const auto* amount = std::get_if<Decimal>(&row[billed]);
    if (amount == nullptr) return std::optional<Decimal>();
    return std::optional(*amount < Decimal() ? amount->negated() : *amount);
  };
  std::ranges::stable_sort(table.rows, [&](const auto& left, const auto& right) {
    const std::string left_currency = cell_text(left[currency]);
    const std::string right_currency = cell_text(right[currency]);
    return left_currency != right_currency ? left_currency < right_currency : size_of(left) > size_of(right);
  });
  Table shown;
  shown.has_totals = table.has_totals;
  shown.rows.resize(table.rows.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!is_shown(table.columns[i])) continue;
    shown.columns.push_back(table.columns[i]);
    for (std::size_t row = 0; row < table.rows.size(); ++row) shown.rows[row].push_back(std::move(table.rows[row][i]));
  }
  return shown;
}

// The commands to type next for one of them.
Result<std::string> next_step(const Workspace& workspace, const LateChange& change) {
  const HeldCharges& held = change.held;
  const std::string place = fmt::format("--connection {} --month {}", change.connection, held.month.to_string());
  std::string step = fmt::format("{} {}: the lines: apportion report changes {} --lines\n  decide: ", change.connection,
                                 held.month.to_string(), place);
  APPORTION_ASSIGN(const auto to, month_to_carry_to(workspace.control_plane, held));
  if (to) {
    step += fmt::format("apportion months late carry {} --to {} --reason TEXT\n  or: ", place, to->to_string());
  }
  return step +
         fmt::format(
             "apportion months late accept {0} --reason TEXT\n  or: apportion months late leave {0} --reason TEXT",
             place);
}

Result<ExitCode> run_late(Session& session, const LateOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto changes,
                   late_changes(workspace.control_plane, options.scope.scope_for(session.caller()), options.all));
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading(session, workspace, options.engine));
  std::vector<LateChangeDifferences> documents;
  Table table;
  std::vector<std::string> steps;
  for (const LateChange& change : changes) {
    LateChangeDifferences& document = documents.emplace_back(change, std::nullopt);
    if (change.held.decision == HoldDecision::kOpen) {
      APPORTION_ASSIGN(Table of_month, differences(session, reading.lake(), change));
      document.differences = of_month;
      Table shown = brief(of_month);
      table.columns = std::move(shown.columns);
      table.has_totals = shown.has_totals;
      std::move(shown.rows.begin(), shown.rows.end(), std::back_inserter(table.rows));
      std::move(of_month.notices.begin(), of_month.notices.end(), std::back_inserter(table.notices));
      APPORTION_ASSIGN(std::string step, next_step(workspace, change));
      steps.push_back(std::move(step));
    }
  }
  tell_engine(session, reading);
  if (session.json()) {
    session.console().print_json(late_changes_json(documents));
    return kExitDone;
  }
  if (options.all) APPORTION_TRY(session.console().print_table(history_table(changes)));
  if (!options.all && !changes.empty()) APPORTION_TRY(session.console().print_table(table));
  if (changes.empty()) session.console().say("nothing is held: every imported run is in force or has been decided on");
  if (!options.all) {
    for (const std::string& step : steps) session.console().say(step);
  }
  return kExitDone;
}

Result<ExitCode> run_leave(Session& session, const DecisionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  const bool dry_run = options.review.dry_run;
  APPORTION_TRY(leave_late_change(writable, options.decision(), dry_run));
  if (session.json()) session.console().print_json(left_change_json(options.decision(), dry_run));
  if (dry_run) return told_left_alone(session, options.review);
  session.console().say(fmt::format("{} {} stays as published", options.connection, options.month->to_string()));
  return kExitDone;
}

Result<ExitCode> run_accept(Session& session, const DecisionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const FlowReport report,
                   accept_late_change(writable, options.decision(), review_of(session, options.review)));
  if (session.json()) session.console().print_json(flow_json(report));
  const ExitCode code = show_flow(session, report);
  if (report.left_alone) return code == kExitDone ? told_left_alone(session, options.review) : code;
  if (code == kExitDone) {
    session.console().say(
        fmt::format("{} {} is open; to close it again: apportion months lock --connection {} --month {}",
                    options.connection, options.month->to_string(), options.connection, options.month->to_string()));
  }
  return code;
}

Result<ExitCode> run_carry(Session& session, const CarryOptions& options) {
  if (options.undo == options.to.has_value()) {
    return Error{ErrorId::kCommandLineWrong, "it is not clear what to do", "", "expected either --to YYYY-MM or --undo",
                 "`--to` names the later month that counts the changes; `--undo` undoes the newest carry"};
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  const Review review = review_of(session, options.review);
  APPORTION_ASSIGN(const CarriedChange carried,
                   options.undo ? undo_carry(writable, options.request, review)
                                : carry_late_change(writable, options.request, *options.to, review));
  const Carry& carry = carried.carry;
  if (session.json()) session.console().print_json(carried_change_json(carried, options.undo));
  if (carried.left_alone) return told_left_alone(session, options.review);
  const std::string from = fmt::format("{} {}", carried.connection, carry.from.to_string());
  if (options.undo) {
    session.console().say(
        fmt::format("{} no longer counts what was carried from {}; to see what newer runs would change: apportion "
                    "months late",
                    carry.to.to_string(), from));
    return kExitDone;
  }
  std::map<Currency, Decimal> billed;
  for (const CarryTotal& total : carry.totals) billed[total.currency] += total.billed;
  std::vector<std::string> amounts;
  for (const auto& [currency, amount] : billed)
    amounts.push_back(fmt::format("{} {}", currency.code(), shown_amount(amount, currency)));
  session.console().say(fmt::format("{} stays as it is; {} now also counts {}: {} billed", from, carry.to.to_string(),
                                    count_of(carried.rows, "row"), fmt::join(amounts, ", ")));
  session.console().say(
      fmt::format("to see them: apportion report costs --by x_CarriedFrom,CustomerId,BillingCurrency "
                  "--connection {} --month {}",
                  carried.connection, carry.to.to_string()));
  return kExitDone;
}

void add_carry_command(Command group, Action& action) {
  auto options = std::make_shared<CarryOptions>();
  Command command =
      add_command(group, "carry", "Count late changes of a locked month in a later month, or undo that",
                  "  apportion months late carry --to 2026-11 --reason 'refund of ticket 4711'\n"
                  "  apportion months late carry --connection acme --month 2026-10 --to 2026-11 --reason 'late usage'\n"
                  "  apportion months late carry --undo --month 2026-10 --reason 'to be credited by hand'");
  add_connection_option(command, options->request.connection, "The connection (default: the only one that fits)");
  add_month_option(command, options->request.month, "The locked month (default: the only one that fits)");
  add_month_option(command, options->to, "The later month, which must be open", "--to");
  command.add_flag("--undo", options->undo, "Undo the newest carry of the month, while the later month is open");
  command.add_option("--reason", options->request.reason, "Reason, kept in the audit log").required().type_name("TEXT");
  options->review.add_options(command);
  on_chosen(command, action, options, run_carry);
}

void add_decision(Command group, Action& action, const std::string& name, const std::string& about,
                  Result<ExitCode> (*run)(Session&, const DecisionOptions&), bool changes_amounts = false) {
  auto options = std::make_shared<DecisionOptions>();
  Command command = add_command(
      group, name, about,
      fmt::format("  apportion months late {} --connection acme --month 2026-10 --reason 'credit of ticket 4711'",
                  name));
  command.add_option("--connection", options->connection, "The connection").required().type_name("NAME");
  add_month_option(command, options->month, "The month").required();
  command.add_option("--reason", options->reason, "Reason, kept in the audit log").required().type_name("TEXT");
  if (changes_amounts) {
    options->review.add_options(command);
  } else {
    options->review.add_dry_run_option(command);
  }
  on_chosen(command, action, options, run);
}

}  // namespace

void add_late_command(Command group, Action& action) {
  auto options = std::make_shared<LateOptions>();
  Command command = add_command(
      group, "late", "Show newer charges that are held and what they would change for each customer; or decide on them",
      "  apportion months late\n  apportion months late --all\n"
      "  apportion months late leave --connection acme --month 2026-10 --reason 'already credited'");
  command.require_subcommands(0, 1);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  add_month_option(command, options->scope.month, "This month only (default: all)");
  command.add_flag("--all", options->all, "Include those decided on, with who decided, when and why");
  add_engine_option(command, options->engine);
  on_chosen(command, action, options, run_late);
  add_carry_command(command, action);
  add_decision(command, action, "accept", "Put the newer charges in force; a locked month becomes open", run_accept,
               true);
  add_decision(command, action, "leave", "Leave what is in force as it is", run_leave);
}

}  // namespace apportion
