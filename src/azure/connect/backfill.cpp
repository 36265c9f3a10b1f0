#include "azure/connect/backfill.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "azure/connect/utc_time.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr int kLooksUntilListed = 20;  // Azure lists a run some seconds after it took it; with usual pauses ten minutes
constexpr std::int64_t kClockDifferenceSeconds = 600;

constexpr auto kStateNames = std::to_array<std::pair<StepState, std::string_view>>({
    {StepState::kWaiting, "waiting"},
    {StepState::kSubmitting, "submitting"},
    {StepState::kRunning, "running"},
    {StepState::kCompleted, "completed"},
    {StepState::kNoData, "no-data"},
    {StepState::kNothingNew, "nothing-new"},
    {StepState::kFailed, "failed"},
    {StepState::kSkipped, "skipped"},
});

/// Source: Azure's tutorial on exports. Seven years of cost, thirteen months of prices and reservation details.
constexpr auto kMonthsKept = std::to_array<std::pair<Dataset, int>>({
    {Dataset::kActualCost, 84},
    {Dataset::kAmortizedCost, 84},
    {Dataset::kFocusCost, 84},
    {Dataset::kReservationTransactions, 84},
    {Dataset::kPriceSheet, 13},
    {Dataset::kReservationDetails, 13},
    {Dataset::kReservationRecommendations, 0},
});

bool submitted_since(const ExportRun& run, std::string_view since) {
  const auto submitted = epoch_seconds_of(run.submitted_time);
  const auto start = epoch_seconds_of(since);
  return !submitted || !start || *submitted >= *start - kClockDifferenceSeconds;
}

RunDays days_of(Month month, Day today) { return {month.first_day(), std::min(month.last_day(), today)}; }

std::set<std::string> ids_of(const std::vector<ExportRun>& runs) {
  std::set<std::string> ids;
  for (const ExportRun& run : runs) ids.insert(run.id);
  return ids;
}

bool is_scheduled(const ExportRun& run) { return ascii_equal_ignoring_case(run.execution_type, "Scheduled"); }

bool is_active(const BackfillStep& step) {
  return step.state == StepState::kSubmitting || step.state == StepState::kRunning;
}

bool is_worth_a_retry(StepState state) {
  return state == StepState::kFailed || state == StepState::kSkipped || state == StepState::kNothingNew;
}

/// What a step needs to know while the program runs, and nobody needs afterwards.
struct Watch {
  std::set<std::string> earlier_runs;  ///< Those listed before the step was submitted.
  bool from_before = true;             ///< Submitted by an earlier process: `earlier_runs` is not known.
  int looks = 0;
};

class Backfill {
 public:
  Backfill(ExportsApi& api, std::vector<BackfillStep> steps, const BackfillOptions& options, const StepChanged& changed)
      : api_(api), steps_(std::move(steps)), options_(options), changed_(changed) {
    for (const BackfillStep& step : steps_) {
      if (std::find(exports_.begin(), exports_.end(), step.export_name) == exports_.end()) {
        exports_.push_back(step.export_name);
      }
    }
  }

  Result<std::vector<BackfillStep>> run() {
    while (true) {
      for (const std::string& name : exports_) APPORTION_TRY(begin_next(name));
      const bool active = std::any_of(steps_.begin(), steps_.end(), is_active);
      if (!active) return steps_;
      if (looked_) APPORTION_TRY(pause(options_.follow.look_pause));
      looked_ = true;
      for (BackfillStep& step : steps_) {
        if (is_active(step)) APPORTION_TRY(look(step));
      }
    }
  }

 private:
  Result<void> pause(std::chrono::milliseconds time) {
    if (api_.cancel().wait_for(time)) return ok();
    return cancelled_error(api_.scope().arm_id());
  }

  Result<void> change(BackfillStep& step, StepState state, std::string note = "") {
    step.state = state;
    step.note = std::move(note);
    if (!changed_) return ok();
    return changed_(step);
  }

  /// Begins the newest month of an export that waits, unless one is under way; skips all that wait when it is no use.
  Result<void> begin_next(const std::string& name) {
    int empty = 0;
    int failed = 0;
    for (BackfillStep& step : steps_) {
      if (step.export_name != name) continue;
      if (is_active(step)) return ok();
      if (step.state == StepState::kWaiting) {
        const std::string no_use = why_no_use(empty, failed);
        if (no_use.empty()) {
          APPORTION_TRY(submit(step));
          if (is_active(step)) return ok();
        } else {
          APPORTION_TRY(change(step, StepState::kSkipped, no_use));
        }
      }
      if (step.state == StepState::kSkipped) continue;
      empty = step.state == StepState::kNoData ? empty + 1 : 0;
      failed = step.state == StepState::kFailed ? failed + 1 : 0;
    }
    return ok();
  }

  std::string why_no_use(int empty, int failed) const {
    if (options_.empty_months_max > 0 && empty >= options_.empty_months_max) {
      return fmt::format("the {} months after it have no data", empty);
    }
    if (options_.failures_max > 0 && failed >= options_.failures_max) {
      return fmt::format("the {} months after it failed", failed);
    }
    return {};
  }

  Result<void> submit(BackfillStep& step) {
    if (submitted_) APPORTION_TRY(pause(options_.submit_pause));
    submitted_ = true;
    Watch watch;
    APPORTION_ASSIGN(const std::vector<ExportRun> earlier, api_.history(step.export_name));
    watch.earlier_runs = ids_of(earlier);
    watch.from_before = false;
    watches_[&step] = std::move(watch);
    step.submitted_at = options_.clock.now();
    step.run_id.clear();
    APPORTION_TRY(change(step, StepState::kSubmitting));
    const auto sent = api_.run(step.export_name, days_of(step.month, options_.clock.today()));
    if (sent) return change(step, StepState::kRunning);
    if (is_unreachable(sent.error().kind())) return sent.error();  // perhaps it went through: look again later
    if (sent.error().kind() == ErrorKind::kForbidden) {
      APPORTION_TRY(change(step, StepState::kWaiting));
      return sent.error();
    }
    return change(step, StepState::kFailed, sent.error().message());
  }

  Result<void> look(BackfillStep& step) {
    Watch& watch = watches_[&step];
    ++watch.looks;
    APPORTION_ASSIGN(const std::vector<ExportRun> runs, api_.history(step.export_name));
    const auto found =
        std::find_if(runs.begin(), runs.end(), [&](const ExportRun& run) { return is_run_of(run, step, watch); });
    if (found == runs.end()) return not_listed(step, watch);
    if (step.run_id != found->id || step.state != StepState::kRunning) {
      step.run_id = found->id;
      APPORTION_TRY(change(step, StepState::kRunning));
    }
    if (found->ended()) return end(step, *found);
    if (watch.looks < options_.follow.looks_max) return ok();
    return change(step, StepState::kFailed,
                  fmt::format("Azure still says {} after a long time; see the run history: {}", found->status,
                              apportion::step(Step::kShowExportHistory)));
  }

  static bool is_run_of(const ExportRun& run, const BackfillStep& step, const Watch& watch) {
    if (!step.run_id.empty()) return run.id == step.run_id;
    const bool same_month = run.start_date.starts_with(step.month.to_string());
    if (!same_month || is_scheduled(run) || watch.earlier_runs.contains(run.id)) return false;
    return !watch.from_before || submitted_since(run, step.submitted_at);
  }

  Result<void> not_listed(BackfillStep& step, const Watch& watch) {
    if (step.state == StepState::kSubmitting) return change(step, StepState::kWaiting);  // it never arrived
    if (watch.looks < kLooksUntilListed) return ok();
    return change(step, StepState::kFailed, "Azure accepted the request, but its run history does not list the run");
  }

  Result<void> end(BackfillStep& step, const ExportRun& run) {
    switch (run.state) {
      case RunState::kCompleted: return change(step, StepState::kCompleted);
      case RunState::kNoData: return change(step, StepState::kNoData, run.explanation());
      case RunState::kNothingNew: return change(step, StepState::kNothingNew, run.explanation());
      default: return change(step, StepState::kFailed, run.explanation());
    }
  }

  ExportsApi& api_;
  std::vector<BackfillStep> steps_;
  const BackfillOptions& options_;
  const StepChanged& changed_;
  std::vector<std::string> exports_;
  std::map<const BackfillStep*, Watch> watches_;
  bool submitted_ = false;
  bool looked_ = false;
};

Error not_followed(std::string_view export_name, std::string why) {
  return {
      ErrorId::kExportRunLost, fmt::format("could not follow the run of export {}", export_name), "", std::move(why),
      "see the run history later; a run that Azure has started continues by itself: " + step(Step::kShowExportHistory)};
}

}  // namespace

std::string_view step_state_name(StepState state) {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "";
}

std::optional<StepState> parse_step_state(std::string_view name) {
  for (const auto& [state, known] : kStateNames) {
    if (known == name) return state;
  }
  return std::nullopt;
}

int months_kept(Dataset dataset) {
  for (const auto& [known, months] : kMonthsKept) {
    if (known == dataset) return months;
  }
  return 0;
}

Result<BackfillPlan> plan_backfill(const std::vector<BackfillExport>& exports, std::optional<Month> from,
                                   std::optional<Month> to, Day today) {
  const Month current = Month::of(today);
  const Month last = to.value_or(current.plus_months(-1));
  if (last > current || (from && *from > last)) {
    return Error{ErrorId::kBackfillMonthsInvalid, "these months cannot be backfilled",
                 fmt::format("{} to {}", from ? from->to_string() : "the first", last.to_string()),
                 last > current ? "the last month is in the future" : "the first month is after the last",
                 "give the months as YYYY-MM, the earlier one first"};
  }
  BackfillPlan plan;
  std::vector<std::pair<Month, BackfillExport>> wanted;
  for (const BackfillExport& one : exports) {
    const int kept = months_kept(one.dataset);
    const Month oldest = current.plus_months(-kept);
    const Month first = std::max(from.value_or(oldest), oldest);
    if (kept == 0) {
      plan.notes.push_back(fmt::format("{}: Azure keeps no history of {}", one.name, dataset_name(one.dataset)));
      continue;
    }
    if (from && *from < oldest) {
      plan.notes.push_back(fmt::format("{}: Azure keeps {} months of {}, so the backfill begins with {}", one.name,
                                       kept, dataset_name(one.dataset), oldest.to_string()));
    }
    for (Month month = last; month >= first; month = month.plus_months(-1)) wanted.emplace_back(month, one);
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto& left, const auto& right) { return left.first > right.first; });
  for (const auto& [month, one] : wanted) plan.steps.push_back({one.name, month, StepState::kWaiting, "", "", ""});
  return plan;
}

std::vector<BackfillStep> steps_to_retry(std::vector<BackfillStep> steps) {
  for (BackfillStep& step : steps) {
    if (!is_worth_a_retry(step.state)) continue;
    step = {step.export_name, step.month, StepState::kWaiting, "", "", ""};
  }
  return steps;
}

Result<std::vector<BackfillStep>> run_backfill(ExportsApi& api, std::vector<BackfillStep> steps,
                                               const BackfillOptions& options, const StepChanged& changed) {
  return Backfill(api, std::move(steps), options, changed).run();
}

Result<ExportRun> run_now(ExportsApi& api, std::string_view export_name, const std::optional<RunDays>& days,
                          const FollowOptions& options) {
  APPORTION_ASSIGN(const std::vector<ExportRun> before, api.history(export_name));
  const std::set<std::string> known = ids_of(before);
  APPORTION_TRY(api.run(export_name, days));
  for (int looks = 0; looks < kLooksUntilListed; ++looks) {
    APPORTION_ASSIGN(const std::vector<ExportRun> runs, api.history(export_name));
    for (const ExportRun& run : runs) {
      if (!known.contains(run.id) && !is_scheduled(run)) return run;
    }
    if (!api.cancel().wait_for(options.look_pause)) return cancelled_error(std::string(export_name));
  }
  return not_followed(export_name, "Azure accepted the request, but its run history does not list the run");
}

Result<ExportRun> follow_run(ExportsApi& api, std::string_view export_name, std::string_view run_id,
                             const FollowOptions& options, const std::function<void(const ExportRun&)>& told) {
  std::string last_status;
  for (int looks = 0; looks < options.looks_max; ++looks) {
    APPORTION_ASSIGN(const std::vector<ExportRun> runs, api.history(export_name));
    const auto run =
        std::find_if(runs.begin(), runs.end(), [run_id](const ExportRun& one) { return one.id == run_id; });
    if (run == runs.end()) return not_followed(export_name, fmt::format("its history does not list run {}", run_id));
    if (told && run->status != last_status) told(*run);
    last_status = run->status;
    if (run->ended()) return *run;
    if (!api.cancel().wait_for(options.look_pause)) return cancelled_error(std::string(export_name));
  }
  return not_followed(export_name, fmt::format("it was still {} after a long time", last_status));
}

}  // namespace apportion
