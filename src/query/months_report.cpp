#include "query/months_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/next_step.h"

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
          .status = {"missing", "no run of this month was imported", true},
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

// Newer charges that wait for a decision.
Result<void> tell_held(const ControlPlane& control_plane, const PublishedMonth& month, MonthLine& line) {
  APPORTION_ASSIGN(const auto all, control_plane.held_charges(month.connection.id, month.month.month));
  const auto open = std::ranges::find(all, HoldDecision::kOpen, &HeldCharges::decision);
  if (open == all.end()) return ok();
  const bool was_locked = open->hold.cause == HoldCause::kLocked && !month.month.locked;
  MonthStatus& status = line.status;
  if (!status.reason.empty()) status.reason += "; ";
  status.reason += was_locked ? "newer charges came while it was locked"
                              : fmt::format("newer charges are held ({})", open->hold.detail);
  if (!status.next.empty()) status.next += "; ";
  status.next += was_locked ? "put them in force: " + step(Step::kSync, {{"connection", line.connection}})
                            : "decide on them: " + step(Step::kListLateCharges);
  return ok();
}

}  // namespace

Result<std::vector<MonthLine>> months_report(const ControlPlane& control_plane, const ReadScope& scope, Day today) {
  APPORTION_TRY(require_partner(scope, "which runs were imported"));
  APPORTION_ASSIGN(const std::vector<PublishedMonth> months, published_months(control_plane, scope));
  std::vector<MonthLine> lines;
  for (const PublishedMonth& month : months) {
    APPORTION_ASSIGN(const std::vector<Import> imports, control_plane.imports(month.connection.id, month.month.month));
    MonthLine line = line_of(month, imports, month_status(month.month, imports, month.charge_set, today));
    APPORTION_TRY(tell_held(control_plane, month, line));
    add_gap(line, lines);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace apportion
