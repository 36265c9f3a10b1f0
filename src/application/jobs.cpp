#include "application/jobs.h"

#include <chrono>
#include <limits>
#include <mutex>

#include <fmt/format.h>

#include "application/partner_only.h"
#include "foundation/base/next_step.h"
#include "foundation/base/threads.h"

namespace apportion {
namespace {

constexpr std::chrono::seconds kBeat{1};

Result<JobBook> open_book(const Workspace& workspace) {
  return JobBook::open(workspace.home.control_plane_file(), workspace.clock);
}

Error killed_error(JobId id) {
  return Error{
      ErrorId::kJobKilled, "the job's process ended before the job did", fmt::format("job {}", id.raw()),
      "it was killed, or the machine went down; the months that it had published are in force, the others as before",
      "see what is there: " + step(Step::kListMonths) + "; then start it again"};
}

// What a process that was killed left says that it runs. A job that ended since it was read has said so before its
// folder went.
Result<Job> as_it_is(const Home& home, const JobBook& book, Job job) {
  if (job.state != JobState::kRunning || home.lives(job.folder)) return job;
  APPORTION_ASSIGN(job, book.job(job.id));
  if (job.state != JobState::kRunning) return job;
  const Error error = killed_error(job.id);
  job.state = JobState::kKilled;
  job.error_id = error_definition(error.id).name;
  job.message = error.message();
  return job;
}

std::string job_text(const Job& job) {
  return fmt::format("job {} ({}{}{}, by {}, since {})", job.id.raw(), job.kind, job.subject.empty() ? "" : " of ",
                     job.subject, job.actor, job.started_at);
}

}  // namespace

class RunningJob::Heart {
 public:
  Heart(JobBook book, JobId id, TemporaryFolder folder, Cancel cancel)
      : book_(std::move(book)), id_(id), folder_(std::move(folder)), cancel_(std::move(cancel)) {
    static_cast<void>(thread_.start([this] { beat(); }));  // without one, nobody sees how far it is
  }
  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;
  ~Heart() { end(JobState::kFailed, nullptr, {}); }  // after an exception

  JobId id() const { return id_; }

  void take(const std::string& step) {
    const std::lock_guard lock(mutex_);
    progress_.step = step;
  }

  void take(const ImportProgress& progress) {
    const std::lock_guard lock(mutex_);
    const IntakeProgress& intake = progress.intake;
    progress_.step = fmt::format("reading {} {} {}", progress.connection, dataset_name(progress.dataset),
                                 progress.month.to_string());
    progress_.run = static_cast<std::int64_t>(intake.run);
    progress_.runs = static_cast<std::int64_t>(intake.runs);
    progress_.rows = progress.read.rows;
    progress_.bytes = intake.bytes_before + progress.read.bytes;
    progress_.bytes_expected = intake.bytes_expected;
  }

  // What cannot be written down is no matter of the work: its job then counts as killed.
  void end(JobState state, const Error* error, std::string_view result) {
    if (ended_.requested()) return;
    ended_.request();
    thread_.wait();
    const bool stopped = error != nullptr && error->kind() == ErrorKind::kCancelled;
    static_cast<void>(book_.end(id_, stopped ? JobState::kStopped : state, stopped ? nullptr : error, result));
  }

 private:
  // What cannot be written down now is a second later: the work does not depend on it.
  void beat() {
    while (ended_.wait_for(kBeat)) {
      const auto stop_wanted = book_.tell(id_, progress());
      if (stop_wanted && *stop_wanted) cancel_.request();
    }
  }

  JobProgress progress() {
    const std::lock_guard lock(mutex_);
    return progress_;
  }

  JobBook book_;
  JobId id_;
  TemporaryFolder folder_;
  Cancel cancel_;  // of the work
  Cancel ended_;
  std::mutex mutex_;
  JobProgress progress_;
  Threads thread_;
};

RunningJob::RunningJob(Workspace& workspace, std::unique_ptr<Heart> heart)
    : workspace_(&workspace), talk_(workspace.talk), watch_(workspace.watch), heart_(std::move(heart)) {
  workspace.in_job = true;
  workspace.talk = [heart = heart_.get(), talk = talk_](const std::string& line) {
    heart->take(line);
    if (talk) talk(line);
  };
  workspace.watch = [heart = heart_.get(), watch = watch_](const ImportProgress& progress) {
    heart->take(progress);
    if (watch) watch(progress);
  };
}

RunningJob::RunningJob(RunningJob&& other) noexcept
    : workspace_(std::exchange(other.workspace_, nullptr)),
      talk_(std::move(other.talk_)),
      watch_(std::move(other.watch_)),
      heart_(std::move(other.heart_)) {}

RunningJob::~RunningJob() { leave_workspace(); }

Result<RunningJob> RunningJob::begin(Workspace& workspace, const std::string& kind, const std::string& subject) {
  APPORTION_ASSIGN(TemporaryFolder folder, workspace.home.make_temporary_folder());
  APPORTION_ASSIGN(JobBook book, open_book(workspace));
  APPORTION_ASSIGN(const JobId id, book.begin({.kind = kind,
                                               .subject = subject,
                                               .actor = workspace.control_plane.actor(),
                                               .folder = folder.path().filename().string()}));
  return RunningJob(workspace, std::make_unique<Heart>(std::move(book), id, std::move(folder), workspace.cancel));
}

JobId RunningJob::id() const { return heart_->id(); }

void RunningJob::leave_workspace() {
  if (workspace_ == nullptr) return;
  Workspace& workspace = *std::exchange(workspace_, nullptr);
  workspace.in_job = false;
  workspace.talk = std::move(talk_);
  workspace.watch = std::move(watch_);
}

void RunningJob::end(const Error* error, std::string_view result) {
  leave_workspace();
  heart_->end(error == nullptr ? JobState::kDone : JobState::kFailed, error, result);
}

Result<std::vector<Job>> list_jobs(const Caller& caller, const Workspace& workspace, bool all) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const JobBook book, open_book(workspace));
  APPORTION_ASSIGN(const auto known, book.jobs(std::numeric_limits<std::int64_t>::max()));
  std::vector<Job> jobs;
  for (const Job& job : known) {
    APPORTION_ASSIGN(Job now, as_it_is(workspace.home, book, job));
    if (all || now.state == JobState::kRunning) jobs.push_back(std::move(now));
  }
  return jobs;
}

Result<Job> job_with_id(const Caller& caller, const Workspace& workspace, JobId id) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const JobBook book, open_book(workspace));
  APPORTION_ASSIGN(Job job, book.job(id));
  return as_it_is(workspace.home, book, std::move(job));
}

Result<std::optional<JobResult>> result_of_job(const Caller& caller, const Workspace& workspace, JobId id) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const JobBook book, open_book(workspace));
  return book.result(id);
}

Result<Job> stop_job(const Caller& caller, const Workspace& workspace, JobId id) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(JobBook book, open_book(workspace));
  APPORTION_ASSIGN(const Job job, book.job(id));
  APPORTION_ASSIGN(const Job now, as_it_is(workspace.home, book, job));
  if (now.state == JobState::kKilled) {
    return Error{ErrorId::kJobEnded, "the job has already ended", fmt::format("job {}", id.raw()),
                 "its process was killed", "see which jobs are running: " + step(Step::kListJobs)};
  }
  APPORTION_TRY(book.want_stop(id, caller.actor));
  return job;
}

Error naming_job_in_the_way(const Workspace& workspace, Error error) {
  if (error.id != ErrorId::kHomeLocked && error.id != ErrorId::kIntakeLocked) return error;
  const auto jobs = list_jobs(Caller::partner(workspace.control_plane.actor()), workspace, false);
  if (!jobs || jobs->empty()) return error;
  error.why = fmt::format("{} is running", job_text(jobs->back()));
  error.next = fmt::format("wait until it has ended; see how far it is: {}; or stop it: {}", step(Step::kListJobs),
                           step(Step::kStopJob, {{"job", std::to_string(jobs->back().id.raw())}}));
  return error;
}

}  // namespace apportion
