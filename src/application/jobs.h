/// Jobs: long work that others can watch and stop while it runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/job_book.h"

namespace apportion {

/// A job of this process. While it lives, a thread records every second how far it is, as the workspace's `talk` and
/// `watch` report, and checks whether somebody wants it to stop: then it requests the workspace's `cancel`.
class RunningJob {
 public:
  /// `workspace` must outlive it.
  static Result<RunningJob> begin(Workspace& workspace, const std::string& kind, const std::string& subject);
  RunningJob(RunningJob&&) noexcept;
  ~RunningJob();

  JobId id() const;
  /// Records the outcome, as far as it can; `error` is null when all went well. `result`: what it came to, as JSON;
  /// empty: nothing. A job that was never ended failed.
  void end(const Error* error, std::string_view result = {});

 private:
  class Heart;
  void leave_workspace();
  RunningJob(Workspace& workspace, std::unique_ptr<Heart> heart);
  Workspace* workspace_;  // null once moved from or ended
  Talk talk_;             // those of the workspace before
  ImportWatch watch_;
  std::unique_ptr<Heart> heart_;
};

/// Does work as a job, unless it is part of one.
template <class Work>
std::invoke_result_t<const Work&> run_as_job(Workspace& workspace, const std::string& kind, const std::string& subject,
                                             const Work& work) {
  if (workspace.in_job) return work();
  APPORTION_ASSIGN(RunningJob job, RunningJob::begin(workspace, kind, subject));
  auto result = work();
  job.end(result ? nullptr : &result.error());
  return result;
}

/// The newest first: those that are running, or all that are remembered.
Result<std::vector<Job>> list_jobs(const Caller& caller, const Workspace& workspace, bool all);

/// A job whose process was killed has the error kJobKilled. Errors: kNoSuchJob, kPartnerOnly.
Result<Job> job_with_id(const Caller& caller, const Workspace& workspace, JobId id);

/// What a job came to, also in an earlier process; nothing while it runs, and if it came to nothing. Errors:
/// kPartnerOnly.
Result<std::optional<JobResult>> result_of_job(const Caller& caller, const Workspace& workspace, JobId id);

/// Asks a job to stop: it stops after at most one unit of work. Errors: kNoSuchJob, kJobEnded.
Result<Job> stop_job(const Caller& caller, const Workspace& workspace, JobId id);

/// An error of `Home`'s locks, with the job that holds them.
Error naming_job_in_the_way(const Workspace& workspace, Error error);

}  // namespace apportion
