#include "serve/format/months_document.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/count_text.h"

namespace apportion {
namespace {

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
  if (others != 0) in_force.push_back(count_of(static_cast<std::int64_t>(others), "other"));
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

nlohmann::ordered_json months_json(const std::vector<MonthLine>& months) {
  auto json = nlohmann::ordered_json::array();
  for (const MonthLine& month : months) {
    nlohmann::ordered_json entry{{"connection", month.connection},   {"month", month.month.to_string()},
                                 {"state", month.status.name},       {"reason", month.status.reason},
                                 {"charges", month.charges},         {"rejected", month.rejected},
                                 {"timing_rows", month.timing_rows}, {"split", month.split},
                                 {"data_as_of", month.data_as_of}};
    if (!month.status.next.empty()) entry["next"] = month.status.next;
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
                          runs_text(month.runs), month.status.explained()});
  }
  return table;
}

nlohmann::ordered_json locked_months_json(const std::vector<LockedMonth>& months, bool locked, bool dry_run) {
  auto list = nlohmann::ordered_json::array();
  for (const LockedMonth& month : months)
    list.push_back(
        {{"connection", month.connection}, {"month", month.month.to_string()}, {"state_before", month.state_before}});
  return {{"months", std::move(list)}, {"locked", locked}, {"dry_run", dry_run}};
}

}  // namespace apportion
