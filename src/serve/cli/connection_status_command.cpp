#include <utility>

#include <fmt/format.h>

#include "application/freshness.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/freshness_document.h"

namespace apportion {
namespace {

struct StatusOptions {
  std::optional<std::string> connection;
  std::int64_t history = 0;
};

TableCell time_cell(const std::optional<UtcTime>& time) { return time ? TableCell(utc_time_text(*time)) : TableCell(); }

void add_attempt_cells(const std::optional<SyncAttempt>& attempt, std::vector<TableCell>& row) {
  if (!attempt) {
    row.resize(row.size() + 3);
    return;
  }
  row.emplace_back(attempt->started_at);
  row.emplace_back(std::string(sync_outcome_name(attempt->outcome)));
  row.emplace_back(attempt->detail.substr(0, attempt->detail.find('\n')));
}

Table status_table(const std::vector<SourceFreshness>& sources, UtcTime now) {
  Table table;
  table.columns = {{"Connection"}, {"DataAsOf"}, {"Lag"}, {"NextExpected"}, {"LastSync"}, {"Outcome"}, {"Detail"}};
  for (const SourceFreshness& source : sources) {
    std::vector<TableCell> row{source.connection, time_cell(source.data_as_of)};
    const auto lag = source.lag(now);
    row.push_back(lag ? TableCell(duration_text(*lag)) : TableCell());
    row.push_back(time_cell(source.next_expected));
    add_attempt_cells(source.last_attempt, row);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Result<ExitCode> show_history(Session& session, const Workspace& workspace, const StatusOptions& options) {
  APPORTION_ASSIGN(const auto syncs, last_syncs(session.caller(), workspace, options.connection, options.history));
  if (session.json()) {
    session.console().print_json(syncs_json(syncs));
    return kExitDone;
  }
  Table table;
  table.columns = {
      {"Connection"}, {"Started"}, {"Ended"}, {"Outcome"}, {"Runs", TableKind::kInteger}, {"Rows", TableKind::kInteger},
      {"Detail"}};
  for (const auto& [connection, attempt] : syncs) {
    table.rows.push_back({connection, attempt.started_at, attempt.ended_at,
                          std::string(sync_outcome_name(attempt.outcome)), attempt.runs, attempt.rows,
                          attempt.detail.substr(0, attempt.detail.find('\n'))});
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_status(Session& session, const StatusOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  if (options.history > 0) return show_history(session, workspace, options);
  APPORTION_ASSIGN(const auto sources, freshness(session.caller(), workspace, options.connection));
  const UtcTime now = parse_utc_time(session.clock().now()).value_or(UtcTime());
  if (session.json()) {
    session.console().print_json(freshness_of_all_json(sources, now));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(status_table(sources, now)));
  return kExitDone;
}

}  // namespace

void add_connection_status_command(Command group, Action& action) {
  auto options = std::make_shared<StatusOptions>();
  Command command =
      add_command(group, "status", "Show how fresh the data is, when the next run is due, and the last sync",
                  "  apportion connection status\n  apportion connection status --history 50");
  add_connection_option(command, options->connection, "This connection only (default: all)");
  command.add_option("--history", options->history, "List the last N syncs instead")
      .between(1, 1'000'000)
      .type_name("N");
  on_chosen(command, action, options, run_status);
}

}  // namespace apportion
