#include "query/months_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace apportion {
namespace {

MonthRun run_of(const Import& import, const std::optional<ChargeSet>& charge_set) {
  const bool in_force = charge_set && std::ranges::find(charge_set->imports, import.id) != charge_set->imports.end();
  return {import.id,       import.dataset, import.run_id,      import.submitted_at, import.last_day,
          import.verified, in_force,       import.rows_stored, import.rows_rejected};
}

// The charges are as fresh as the oldest of the runs that they were made of.
std::string data_as_of(const std::vector<MonthRun>& runs) {
  std::optional<std::string> oldest;
  for (const MonthRun& run : runs) {
    if (run.in_force && (!oldest || run.submitted_at < *oldest)) oldest = run.submitted_at;
  }
  return oldest.value_or("");
}

MonthLine line_of(const PublishedMonth& month, const std::vector<Import>& imports, MonthStatus status) {
  MonthLine line{.connection = month.connection.name,
                 .month = month.month.month,
                 .status = std::move(status),
                 .runs = {},
                 .split = month.split.has_value(),
                 .data_as_of = {}};
  for (const Import& import : imports) {
    if (!holds_charges(import.dataset)) continue;
    line.runs.push_back(run_of(import, month.charge_set));
    if (line.runs.back().in_force) line.rejected += import.rows_rejected;
  }
  if (month.charge_set) {
    line.timing_rows = month.charge_set->timing_rows;
    for (const LakeFile& file : month.charge_set->files) line.charges += file.rows;
  }
  line.data_as_of = data_as_of(line.runs);
  return line;
}

MonthLine missing_line(const std::string& connection, Month month) {
  return {.connection = connection,
          .month = month,
          .status = {"missing", "no run of this month was taken in"},
          .runs = {},
          .data_as_of = {}};
}

// Months between `line` and the one before it of the same connection.
void add_gap(const MonthLine& line, std::vector<MonthLine>& lines) {
  if (lines.empty() || lines.back().connection != line.connection) return;
  for (Month month = lines.back().month.plus_months(1); month < line.month; month = month.plus_months(1)) {
    lines.push_back(missing_line(line.connection, month));
  }
}

std::string run_text(const MonthRun& run) {
  return fmt::format("{} to {}{}{}", dataset_name(run.dataset), run.covers_until.to_string(),
                     run.verified ? "" : ", unverified", run.in_force ? "" : ", not in force");
}

std::string runs_text(const std::vector<MonthRun>& runs) {
  std::vector<std::string> in_force;
  for (const MonthRun& run : runs) {
    if (run.in_force) in_force.push_back(run_text(run));
  }
  const std::size_t others = runs.size() - in_force.size();
  if (others != 0) in_force.push_back(fmt::format("{} other{}", others, others == 1 ? "" : "s"));
  return fmt::format("{}", fmt::join(in_force, "; "));
}

nlohmann::ordered_json run_json(const MonthRun& run) {
  return {{"import", run.import.raw()},
          {"dataset", dataset_name(run.dataset)},
          {"run_id", run.run_id},
          {"submitted_at", run.submitted_at},
          {"covers_until", run.covers_until.to_string()},
          {"verified", run.verified},
          {"in_force", run.in_force},
          {"rows", run.rows},
          {"rejected", run.rejected}};
}

}  // namespace

Result<std::vector<MonthLine>> months_report(const ControlPlane& control_plane, const RelationScope& scope,
                                             const MonthStatusOf& status_of) {
  APPORTION_ASSIGN(const std::vector<PublishedMonth> months, published_months(control_plane, scope));
  std::vector<MonthLine> lines;
  for (const PublishedMonth& month : months) {
    APPORTION_ASSIGN(const std::vector<Import> imports, control_plane.imports(month.connection.id, month.month.month));
    MonthLine line = line_of(month, imports, status_of(month.month, imports));
    add_gap(line, lines);
    lines.push_back(std::move(line));
  }
  return lines;
}

nlohmann::ordered_json months_json(const std::vector<MonthLine>& months) {
  auto json = nlohmann::ordered_json::array();
  for (const MonthLine& month : months) {
    nlohmann::ordered_json entry{{"connection", month.connection},   {"month", month.month.to_string()},
                                 {"state", month.status.name},       {"reason", month.status.reason},
                                 {"charges", month.charges},         {"rejected", month.rejected},
                                 {"timing_rows", month.timing_rows}, {"split", month.split},
                                 {"data_as_of", month.data_as_of}};
    entry["runs"] = nlohmann::ordered_json::array();
    for (const MonthRun& run : month.runs) entry["runs"].push_back(run_json(run));
    json.push_back(std::move(entry));
  }
  return json;
}

Table months_table(const std::vector<MonthLine>& months) {
  Table table;
  table.columns = {{"Connection", TableKind::kText},  {"Month", TableKind::kText},
                   {"State", TableKind::kText},       {"Charges", TableKind::kInteger},
                   {"Rejected", TableKind::kInteger}, {"TimingRows", TableKind::kInteger},
                   {"Split", TableKind::kText},       {"DataAsOf", TableKind::kText},
                   {"Runs", TableKind::kText},        {"Reason", TableKind::kText}};
  for (const MonthLine& month : months) {
    table.rows.push_back({month.connection, month.month.to_string(), month.status.name, month.charges, month.rejected,
                          month.timing_rows, std::string(month.split ? "yes" : "no"), month.data_as_of,
                          runs_text(month.runs), month.status.reason});
  }
  return table;
}

}  // namespace apportion
