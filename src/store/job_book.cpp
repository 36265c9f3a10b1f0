#include "store/job_book.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/error_ids.h"
#include "foundation/base/next_step.h"
#include "store/control_plane_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kJobsKept = 1000;
constexpr std::int64_t kResultBytesMax = std::int64_t{16} << 20;
constexpr std::int64_t kResultsBytesMax = std::int64_t{64} << 20;

constexpr std::array<std::pair<JobState, std::string_view>, 5> kStates = {{
    {JobState::kRunning, "running"},
    {JobState::kDone, "done"},
    {JobState::kFailed, "failed"},
    {JobState::kStopped, "stopped"},
    {JobState::kKilled, "killed"},
}};

JobState parse_state(std::string_view name) {
  const auto* found = std::ranges::find(kStates, name, &std::pair<JobState, std::string_view>::second);
  return found == kStates.end() ? JobState::kKilled : found->first;
}

Job read_job(RowReader& row) {
  Job job;
  job.id = JobId(row.integer());
  job.kind = row.text();
  job.subject = row.text();
  job.actor = row.text();
  job.folder = row.text();
  job.started_at = row.text();
  job.ended_at = row.text();
  job.state = parse_state(row.text());
  job.progress.step = row.text();
  for (auto number :
       {&JobProgress::run, &JobProgress::runs, &JobProgress::rows, &JobProgress::bytes, &JobProgress::bytes_expected}) {
    job.progress.*number = row.integer();
  }
  job.stop_wanted_by = row.text();
  job.error_id = row.text();
  job.message = row.text();
  return job;
}

// The newest stay.
constexpr const char* kMakeRoom =
    "UPDATE job_result SET document = NULL WHERE job_id IN ("
    " SELECT job_id FROM (SELECT job_id, sum(bytes) OVER (ORDER BY job_id DESC) AS bytes_of_newer FROM job_result"
    " WHERE document IS NOT NULL) WHERE bytes_of_newer > ?)";

constexpr const char* kJobs =
    "SELECT id, kind, subject, actor, folder, started_at, ended_at, state, step, run, runs, rows, bytes,"
    " bytes_expected, stop_wanted_by, error_id, message FROM job WHERE ?1 IS NULL OR id = ?1 ORDER BY id DESC LIMIT ?2";

}  // namespace

std::string_view job_state_name(JobState state) {
  return std::ranges::find(kStates, state, &std::pair<JobState, std::string_view>::first)->second;
}

class JobBook::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;

  Result<void> keep(JobId id, std::string_view result) {
    const auto bytes = static_cast<std::int64_t>(result.size());
    std::optional<std::string> document;
    if (bytes <= kResultBytesMax) document = result;
    APPORTION_TRY(
        sqlite.run("INSERT INTO job_result (job_id, bytes, document) VALUES (?, ?, ?)", {id.raw(), bytes, document}));
    return sqlite.run(kMakeRoom, {kResultsBytesMax});
  }
};

JobBook::JobBook(std::unique_ptr<Database> database) : database_(std::move(database)) {}
JobBook::JobBook(JobBook&&) noexcept = default;
JobBook::~JobBook() = default;

Result<JobBook> JobBook::open(const std::filesystem::path& control_plane_file, Clock clock) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return JobBook(std::make_unique<Database>(Database{std::move(sqlite), std::move(clock)}));
}

Result<JobId> JobBook::begin(const Job& job) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->sqlite.run("DELETE FROM job WHERE ended_at <> '' AND id <= (SELECT max(id) FROM job) - ?",
                                      {kJobsKept}));
  APPORTION_TRY(database_->sqlite.run(
      "INSERT INTO job (kind, subject, actor, folder, started_at, state) VALUES (?, ?, ?, ?, ?, ?)",
      {job.kind, job.subject, job.actor, job.folder, database_->clock.now(), job_state_name(JobState::kRunning)}));
  APPORTION_ASSIGN(const auto id, database_->sqlite.query_integer("SELECT max(id) FROM job"));
  APPORTION_TRY(transaction.commit());
  return JobId(id.value_or(0));
}

Result<bool> JobBook::tell(JobId id, const JobProgress& progress) {
  APPORTION_TRY(database_->sqlite.run(
      "UPDATE job SET step = ?, run = ?, runs = ?, rows = ?, bytes = ?, bytes_expected = ? WHERE id = ?",
      {progress.step, progress.run, progress.runs, progress.rows, progress.bytes, progress.bytes_expected, id.raw()}));
  APPORTION_ASSIGN(
      const auto wanted,
      database_->sqlite.query_integer("SELECT count(*) FROM job WHERE id = ? AND stop_wanted_by <> ''", {id.raw()}));
  return wanted.value_or(0) > 0;
}

Result<void> JobBook::end(JobId id, JobState state, const Error* error, std::string_view result) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->sqlite.run("UPDATE job SET ended_at = ?, state = ?, error_id = ?, message = ? WHERE id = ?",
                                      {database_->clock.now(), job_state_name(state),
                                       error == nullptr ? std::string() : std::string(error_definition(error->id).name),
                                       error == nullptr ? std::string() : error->message(), id.raw()}));
  if (!result.empty()) APPORTION_TRY(database_->keep(id, result));
  return transaction.commit();
}

Result<void> JobBook::want_stop(JobId id, const std::string& actor) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_ASSIGN(const Job found, job(id));
  if (!found.ended_at.empty()) {
    return Error{ErrorId::kJobEnded, "the job has already ended", fmt::format("job {}", id.raw()),
                 fmt::format("it ended at {}, {}", found.ended_at, job_state_name(found.state)),
                 "see the jobs that are running: " + step(Step::kListJobs)};
  }
  APPORTION_TRY(database_->sqlite.run("UPDATE job SET stop_wanted_by = ? WHERE id = ?", {actor, id.raw()}));
  return transaction.commit();
}

Result<std::vector<Job>> JobBook::jobs(std::int64_t jobs_max) const {
  return read_all(database_->sqlite, kJobs, {std::optional<std::int64_t>(), jobs_max}, read_job);
}

Result<std::optional<JobResult>> JobBook::result(JobId id) const {
  return read_first(database_->sqlite, "SELECT bytes, document FROM job_result WHERE job_id = ?", {id.raw()},
                    [](RowReader& row) {
                      const std::int64_t bytes = row.integer();
                      return JobResult{bytes, row.optional_text()};
                    });
}

Result<Job> JobBook::job(JobId id) const {
  APPORTION_ASSIGN(auto found,
                   read_first(database_->sqlite, kJobs, {std::optional(id.raw()), std::int64_t{1}}, read_job));
  if (found) return *std::move(found);
  return Error{ErrorId::kNoSuchJob, "there is no such job", fmt::format("job {}", id.raw()), "",
               "see all jobs: " + step(Step::kListAllJobs)};
}

}  // namespace apportion
