#include "query/month_status.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "store/live_import.h"

namespace apportion {
namespace {

constexpr int kLastDayOfChanges = 5;  // of the next month: until then Microsoft may change a month

enum class Grade { kPartial, kOpen, kComplete };

struct Finding {
  Grade grade;
  std::string reason;
};

std::vector<const Import*> runs_of(const LiveImports& live) {
  std::vector<const Import*> runs;
  if (!uses_cost_details(live)) {
    if (live.focus) runs.push_back(&*live.focus);
    return runs;
  }
  if (live.actual) runs.push_back(&*live.actual);
  if (live.amortized) runs.push_back(&*live.amortized);
  return runs;
}

std::optional<Day> day_submitted(const Import& run) {
  return Day::parse(std::string_view(run.submitted_at).substr(0, std::min<std::size_t>(run.submitted_at.size(), 10)));
}

void judge(const Import& run, Month month, Day today, std::vector<Finding>& findings) {
  const std::string_view dataset = dataset_name(run.dataset);
  if (run.rows_rejected > 0)
    findings.push_back(
        {Grade::kPartial, count_of(run.rows_rejected, fmt::format("row of the {} run was rejected", dataset),
                                   fmt::format("rows of the {} run were rejected", dataset))});
  if (run.first_day > month.first_day())
    findings.push_back({Grade::kPartial, fmt::format("the {} run begins on {}", dataset, run.first_day.to_string())});
  if (run.last_day < month.last_day()) {
    findings.push_back({today > month.last_day() ? Grade::kPartial : Grade::kOpen,
                        fmt::format("the {} run covers only the days until {}", dataset, run.last_day.to_string())});
    return;
  }
  const Day last_change = month.last_day().plus_days(kLastDayOfChanges);
  const auto submitted = day_submitted(run);
  if (!submitted) {
    findings.push_back({Grade::kOpen, fmt::format("it is unknown when the {} run was made", dataset)});
  } else if (*submitted <= last_change) {
    findings.push_back(
        {Grade::kOpen, fmt::format("the {} run dates from {}; only one from {} or later is final", dataset,
                                   submitted->to_string(), last_change.plus_days(1).to_string())});
  }
}

// The worst first; the reasons of all, for a gap in one file must not hide one in the other.
MonthStatus worst_of(std::vector<Finding> findings) {
  if (findings.empty()) return {"complete", "", false};
  std::ranges::stable_sort(findings, {}, &Finding::grade);
  std::vector<std::string> reasons;
  for (Finding& finding : findings) reasons.push_back(std::move(finding.reason));
  const bool has_gap = findings.front().grade == Grade::kPartial;
  return {has_gap ? "partial" : "open", fmt::format("{}", fmt::join(reasons, "; ")), has_gap};
}

MonthStatus open_status(const BillMonth& month, std::span<const Import> imports,
                        const std::optional<ChargeSet>& in_force, Day today) {
  const LiveImports live = in_force ? published_imports(imports, *in_force) : choose_live(imports);
  const std::vector<const Import*> runs = runs_of(live);
  if (runs.empty()) return {"missing", "no run was imported", true};
  std::vector<Finding> findings;
  findings.reserve(runs.size() + 3);
  if (!in_force) findings.push_back({Grade::kPartial, "its charges are not published yet"});
  if (uses_cost_details(live) && !live.actual) findings.push_back({Grade::kPartial, "no actual run"});
  if (uses_cost_details(live) && !live.amortized) findings.push_back({Grade::kPartial, "no amortized run"});
  for (const Import* run : runs) judge(*run, month.month, today, findings);
  MonthStatus status = worst_of(std::move(findings));
  if (!in_force) status.next = "publish them: " + step(Step::kSync);
  return status;
}

}  // namespace

// A lock closes a month as it is: its gaps stay in sight.
MonthStatus month_status(const BillMonth& month, std::span<const Import> imports,
                         const std::optional<ChargeSet>& in_force, Day today) {
  MonthStatus status = open_status(month, imports, in_force, today);
  if (!month.locked) return status;
  std::string reason = "closed";
  if (status.has_gap) reason += fmt::format(", though {}: {}", status.name, status.reason);
  return {"locked", std::move(reason), status.has_gap, std::move(status.next)};
}

std::string MonthStatus::explained() const {
  return fmt::format("{}{}{}", reason, reason.empty() || next.empty() ? "" : "; ", next);
}

}  // namespace apportion
