/// Job book: the long-running work of a home, as its processes record it and as others read it.
///
/// It has a handle of its own on the control plane: a job reports its progress while other threads of its process
/// write. Not thread-safe; processes may use it at the same time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"

namespace apportion {

enum class JobState {
  kRunning,
  kDone,
  kFailed,
  kStopped,  ///< Somebody asked it to stop.
  kKilled,   ///< Its process ended without recording why.
};
std::string_view job_state_name(JobState state);

/// The progress of a job.
struct JobProgress {
  std::string step;        ///< What it is doing now, for people.
  std::int64_t run = 0;    ///< Number of the run that is being read, from 1.
  std::int64_t runs = 0;   ///< 0 if it is not known how many there are.
  std::int64_t rows = 0;   ///< Of that run.
  std::int64_t bytes = 0;  ///< Of all runs.
  std::int64_t bytes_expected = 0;

  bool operator==(const JobProgress&) const = default;
};

struct Job {
  JobId id{};
  std::string kind;                  ///< `sync`, `import`, `split`, …
  std::string subject;               ///< What it works on, for people; may be empty.
  std::string actor;                 ///< As in `Caller::actor`.
  std::string folder;                ///< Name of the temporary folder that its process keeps locked.
  std::string started_at, ended_at;  ///< UTC; `ended_at` is empty while it runs.
  JobState state = JobState::kRunning;
  JobProgress progress;
  std::string stop_wanted_by;     ///< Empty if nobody asked it to stop.
  std::string error_id, message;  ///< Why it failed.
};

/// What a job came to.
struct JobResult {
  std::int64_t bytes = 0;               ///< Of the document.
  std::optional<std::string> document;  ///< JSON; nothing if it was too large to keep, or had to make room.
};

class JobBook {
 public:
  static Result<JobBook> open(const std::filesystem::path& control_plane_file, Clock clock);
  JobBook(JobBook&&) noexcept;
  ~JobBook();

  /// Records that a job is running; the oldest ones that ended are dropped. Only `kind`, `subject`, `actor` and
  /// `folder` are read.
  Result<JobId> begin(const Job& job);
  /// Records its progress. True if somebody asked it to stop.
  Result<bool> tell(JobId id, const JobProgress& progress);
  /// Records how it ended, and what it came to; an empty `result` is none. Results of up to 16 MiB are kept, and 64 MiB
  /// of the newest ones.
  Result<void> end(JobId id, JobState state, const Error* error, std::string_view result = {});

  /// Errors: kNoSuchJob, kJobEnded.
  Result<void> want_stop(JobId id, const std::string& actor);
  /// Newest first. A job that was killed is still recorded as running: see `Home::lives`.
  Result<std::vector<Job>> jobs(std::int64_t jobs_max) const;
  Result<Job> job(JobId id) const;
  /// What a job came to; nothing if it came to nothing or is not known.
  Result<std::optional<JobResult>> result(JobId id) const;

 private:
  class Database;
  explicit JobBook(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
