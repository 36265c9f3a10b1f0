#include "query/month_coverage.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "query/months_report.h"
#include "query/twice_counted.h"

namespace apportion {
namespace {

// Which of two states of a month says more of what it lacks.
constexpr auto kWorstFirst =
    std::to_array<std::string_view>({"missing", "partial", "not split", "open", "complete", "locked"});

std::string_view worse_of(std::string_view one, std::string_view other) {
  return std::ranges::find(kWorstFirst, one) < std::ranges::find(kWorstFirst, other) ? one : other;
}

// The worst state of a month over all connections.
void note_state(const MonthLine& line, MonthCoverage& coverage) {
  const bool only_split_lacks = !line.split && !line.status.has_gap;
  const std::string state = only_split_lacks ? "not split" : line.status.name;
  const auto [month, is_new] = coverage.states.emplace(line.month, state);
  if (!is_new) month->second = worse_of(month->second, state);
}

// Months that were asked for and lie before or after all data of a connection.
void add_outside(std::span<const MonthLine> lines, const ReadScope& scope, MonthCoverage& coverage) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const MonthLine& line = lines[i];
    const bool is_first = i == 0 || lines[i - 1].connection != line.connection;
    const bool is_last = i + 1 == lines.size() || lines[i + 1].connection != line.connection;
    if (is_first && scope.first_month && *scope.first_month < line.month)
      coverage.holes.push_back(fmt::format("{} has no data before {}", line.connection, line.month.to_string()));
    if (is_last && scope.last_month && line.month < *scope.last_month)
      coverage.holes.push_back(fmt::format("{} has no data after {}", line.connection, line.month.to_string()));
  }
}

void note_months_nobody_has(const ReadScope& scope, MonthCoverage& coverage) {
  if (!scope.first_month || !scope.last_month) return;
  for (Month month = *scope.first_month; month <= *scope.last_month; month = month.plus_months(1))
    coverage.states.emplace(month, "missing");
}

void add_month(const MonthLine& line, MonthCoverage& coverage) {
  const std::string name = fmt::format("{} {}", line.connection, line.month.to_string());
  note_state(line, coverage);
  if (line.status.has_gap)
    coverage.holes.push_back(fmt::format("{} is {}: {}", name, line.status.name, line.status.explained()));
  if (line.status.name == "missing") return;
  if (!line.split)
    coverage.holes.push_back(fmt::format("{} has not been split: its charges count as unassigned", name));
  const auto takes_part = [&line](Dataset dataset) {
    return std::ranges::any_of(line.runs,
                               [dataset](const MonthRun& run) { return run.in_force && run.dataset == dataset; });
  };
  const bool has_focus = takes_part(Dataset::kFocusCost);
  if (!has_focus && !takes_part(Dataset::kAmortizedCost)) {
    coverage.holes.push_back(fmt::format("{} has no amortized run: effective costs are unknown", name));
  } else if (!has_focus && !takes_part(Dataset::kActualCost)) {
    coverage.holes.push_back(fmt::format("{} has no actual run: billed costs lack the purchases of commitments", name));
  }
  const bool is_oldest = coverage.data_as_of.empty() || line.data_as_of < coverage.data_as_of;
  if (!line.data_as_of.empty() && is_oldest) coverage.data_as_of = line.data_as_of;
}

Result<MonthCoverage> coverage_of_months(const ControlPlane& control_plane, const ReadScope& scope, Day today) {
  MonthCoverage coverage;
  APPORTION_ASSIGN(const auto lines, months_report(control_plane, scope, today));
  for (const MonthLine& line : lines) add_month(line, coverage);
  add_outside(lines, scope, coverage);
  note_months_nobody_has(scope, coverage);
  APPORTION_ASSIGN(const auto twice, costs_that_count_twice(control_plane, scope));
  coverage.holes.insert(coverage.holes.end(), twice.begin(), twice.end());
  return coverage;
}

}  // namespace

Result<MonthCoverage> month_coverage(const ControlPlane& control_plane, const ReadScope& scope, Day today) {
  if (!scope.is_partner()) return MonthCoverage();
  APPORTION_ASSIGN(const auto coverage, control_plane.remembered<MonthCoverage>(
                                            fmt::format("{}/{}", scope.key_of_months(), today.to_string()),
                                            [&] { return coverage_of_months(control_plane, scope, today); }));
  return *coverage;
}

}  // namespace apportion
