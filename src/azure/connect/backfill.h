/// Backfill: earlier months, one calendar month a run, newest first, and runs on demand followed to their end.
///
/// Exports run in parallel, the months of one export one after another. The state of the work is a list of steps that
/// the caller stores: every change of a step is reported before the next call to Azure, so after a crash work resumes
/// where it stopped, without running a month twice.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/connect/exports_api.h"
#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"

namespace apportion {

enum class StepState {
  kWaiting,
  kSubmitting,  ///< Sent, but no answer seen: Azure may or may not have it.
  kRunning,
  kCompleted,
  kNoData,      ///< Azure has nothing for the month. The month is a gap, not zero.
  kNothingNew,  ///< Azure wrote no files and says only that nothing is new: the month may have charges all the same.
  kFailed,
  kSkipped,  ///< Not tried: earlier months had no data, or kept failing.
};
/// `waiting`, `submitting`, `running`, `completed`, `no-data`, `nothing-new`, `failed`, `skipped`.
std::string_view step_state_name(StepState state);
std::optional<StepState> parse_step_state(std::string_view name);

struct BackfillStep {
  std::string export_name;
  Month month;
  StepState state = StepState::kWaiting;
  std::string submitted_at;  ///< UTC, by our clock.
  std::string run_id;        ///< Empty until Azure lists the run.
  std::string note;          ///< Why it failed, was skipped or brought nothing.
};

struct BackfillExport {
  std::string name;
  Dataset dataset;
};

struct BackfillPlan {
  std::vector<BackfillStep> steps;  ///< By month, newest first.
  std::vector<std::string> notes;   ///< Months that were asked for and that Azure does not keep.
};

/// How many months before the current one Azure delivers; 0: none.
int months_kept(Dataset dataset);

/// `from`: empty for as far back as Azure goes. `to`: empty for the month before `today`; the month of `today` itself
/// is run up to `today`. Errors (kBackfillMonthsInvalid): `from` after `to`, `to` in the future.
Result<BackfillPlan> plan_backfill(const std::vector<BackfillExport>& exports, std::optional<Month> from,
                                   std::optional<Month> to, Day today);

/// The same steps with those that failed, were skipped, or were said to have nothing new waiting again.
std::vector<BackfillStep> steps_to_retry(std::vector<BackfillStep> steps);

struct FollowOptions {
  std::chrono::milliseconds look_pause = std::chrono::seconds(30);
  int looks_max = 2880;  ///< Of one run: a day, which is what Azure may take for the first.
};

struct BackfillOptions {
  Clock clock;
  FollowOptions follow = {};
  std::chrono::milliseconds submit_pause = std::chrono::seconds(5);  ///< Between two submissions, at least.
  int empty_months_max = 3;  ///< After so many months without data in a row the export's earlier ones are skipped.
  int failures_max = 3;      ///< The same for failures. 0: never.
};

/// Is called for every change of a step, to store and show it; its error ends the work.
using StepChanged = std::function<Result<void>(const BackfillStep&)>;

/// Runs the steps that wait and follows those that run. Months that fail do not stop the others. Errors: cancelled,
/// Azure not reachable, access refused, or that of `changed`; the steps as reported are then the state to continue
/// from.
Result<std::vector<BackfillStep>> run_backfill(ExportsApi& api, std::vector<BackfillStep> steps,
                                               const BackfillOptions& options, const StepChanged& changed);

/// Queues one run and answers it as soon as Azure lists it.
Result<ExportRun> run_now(ExportsApi& api, std::string_view export_name, const std::optional<RunDays>& days,
                          const FollowOptions& options);

/// Follows a run to its end; `told` is called for every new state.
Result<ExportRun> follow_run(ExportsApi& api, std::string_view export_name, std::string_view run_id,
                             const FollowOptions& options, const std::function<void(const ExportRun&)>& told = {});

}  // namespace apportion
