#include "application/run_queue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "lake/import_rows.h"
#include "lake/lake.h"
#include "lake/layout.h"

namespace apportion {
namespace {

constexpr std::chrono::milliseconds kLook{100};
// Runs that two workers could not read may be what is wrong.
constexpr int kTimesMax = 2;

Error lease_ended() {
  return {ErrorId::kWorkerLeaseEnded, "the worker does not have these runs any more", "",
          "it was not heard from for too long, the service was started again, or nobody waits for them any more",
          "drop them, and ask for others"};
}

Error answer_wrong(const OfferedRun& run, std::string why) {
  return {ErrorId::kWorkerAnswerWrong, "what the worker wrote is not what it says", run.what.run.source, std::move(why),
          "see that the worker writes into the lake of the service, and that both are of one version"};
}

LakePlace place_of(const RunToRead& what) {
  return {lake_role_of(what.import.dataset), what.import.month, what.connection, part_of_import(what.import.id)};
}

// The rows that stand in for those of an actual run are in the amortized run of the month.
bool may_stand_in(const OfferedRun& left, const OfferedRun& right) {
  const auto is_of_pair = [](const OfferedRun& run) {
    return run.what.import.dataset == Dataset::kActualCost || run.what.import.dataset == Dataset::kAmortizedCost;
  };
  return is_of_pair(left) && is_of_pair(right) && left.what.import.connection == right.what.import.connection &&
         left.what.import.month == right.what.import.month;
}

// Whether every file of an answer is one that the layout puts into the folder of the run.
bool has_only_own_files(const Import& import, const RunToRead& what, const std::string& folder) {
  const std::string within = folder + "/";
  const std::string expected = lake_folder(place_of(what)).generic_string() + "/";
  return std::ranges::all_of(import.files, [&](const ImportFile& file) {
    if (!file.file.path.starts_with(within)) return false;
    return place_of_lake_file(expected + file.file.path.substr(within.size())).has_value();
  });
}

// Why an answer cannot be of a run; empty if it can.
std::string misfit_of(const RunRows& rows, const RunToRead& what, const std::string& folder) {
  const Import& said = rows.import;
  if (said.id != what.import.id) return "it is of another run";
  if (!has_only_own_files(said, what, folder)) return "a file lies elsewhere";
  if (has_stand_ins(said) != rows.stand_in.has_value()) return "it is not said whose rows stand in";
  const bool adds_up = said.rows_source == said.rows_stored + said.rows_rejected &&
                       said.rows_rejected == std::ssize(rows.rejects);
  return adds_up ? "" : "its rows do not add up";
}

// What is known of a run before it is read is not the worker's to say.
Import with_rows_of(Import known, Import said) {
  known.layout = std::move(said.layout);
  known.rows_source = said.rows_source;
  known.rows_stored = said.rows_stored;
  known.rows_rejected = said.rows_rejected;
  known.notes = std::move(said.notes);
  known.marks = std::move(said.marks);
  known.mirror_checksum = std::move(said.mirror_checksum);
  known.totals = std::move(said.totals);
  known.metric_totals = std::move(said.metric_totals);
  known.charge_days = said.charge_days;
  known.files = std::move(said.files);
  known.source_files = std::move(said.source_files);
  return known;
}

// The files as they lie here must be those that were written there.
Result<void> check_files(const Home& home, const Import& import) {
  const Lake lake(home);
  for (const ImportFile& file : import.files) {
    if (const auto damage = lake.damage_of(file.file, FileCheck::kContent)) return *damage;
  }
  return ok();
}

}  // namespace

std::string WorkerName::shown() const { return fmt::format("worker {} ({})", name, actor); }

// The runs of one lease.
struct RunQueue::Task {
  enum class State { kWaiting, kLeased, kWritten, kReadHere };
  struct One {
    OfferedRun offered;
    std::optional<IncomingFiles> incoming;  // while it is leased, and once it is written
    std::optional<RunRows> rows;            // once it is written
  };

  std::vector<One> runs;
  State state = State::kWaiting;
  int times = 0;  // that it was taken
  std::set<WorkerName> refused_by;
  std::string lease;
  WorkerName worker;
  std::chrono::milliseconds heard{0};
  std::optional<TemporaryFolder> folder;
  LeaseProgress progress;
  std::vector<std::string> news;  // for whoever waits for it
};

RunQueue::RunQueue(Home home, std::chrono::milliseconds lasts, Now now, TemporaryFolder mark)
    : home_(std::move(home)), lasts_(lasts), now_(std::move(now)), mark_(std::move(mark)) {}

Result<std::shared_ptr<RunQueue>> RunQueue::open(const Home& home, std::chrono::milliseconds lasts, Now now) {
  APPORTION_ASSIGN(TemporaryFolder mark, home.make_incoming_folder());
  return std::shared_ptr<RunQueue>(new RunQueue(home, lasts, std::move(now), std::move(mark)));
}

std::string RunQueue::mark() const { return mark_.path().lexically_relative(home_.lake()).generic_string(); }

void RunQueue::see(const WorkerName& worker) {
  drop_unheard();
  heard_[worker] = now_();
}

// Whoever was silent for too long is taken to be dead, and what it wrote is removed.
void RunQueue::drop_unheard() {
  const auto now = now_();
  std::erase_if(heard_, [&](const auto& worker) { return now - worker.second > lasts_; });
  for (const auto& task : tasks_) {
    if (task->state != Task::State::kLeased || now - task->heard <= lasts_) continue;
    release(*task, fmt::format("{} was not heard from for {}; its runs are read again", task->worker.shown(),
                               count_of(std::chrono::duration_cast<std::chrono::seconds>(lasts_).count(), "second")));
  }
}

bool RunQueue::is_there_worker_for(const Task& task) const {
  return std::ranges::any_of(heard_, [&](const auto& worker) { return !task.refused_by.contains(worker.first); });
}

void RunQueue::release(Task& task, const std::string& news) {
  for (Task::One& one : task.runs) one.incoming.reset();
  task.folder.reset();
  task.lease.clear();
  task.progress = {};
  task.state = Task::State::kWaiting;
  if (!news.empty()) task.news.push_back(news);
}

Result<RunLease> RunQueue::lease_of(Task& task, const WorkerName& worker) {
  RunLease lease{random_guid(), lasts_, {}, {}};
  APPORTION_ASSIGN(TemporaryFolder folder, home_.make_incoming_folder());
  lease.folder = folder.path().lexically_relative(home_.lake()).generic_string();
  task.folder.emplace(std::move(folder));
  for (Task::One& one : task.runs) {
    APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(home_));
    const auto of_run = incoming.folder_of(place_of(one.offered.what));
    APPORTION_TRY(make_folder(of_run));
    lease.runs.push_back({one.offered, of_run.lexically_relative(home_.lake()).generic_string()});
    one.incoming.emplace(std::move(incoming));
  }
  task.lease = lease.id;
  task.worker = worker;
  task.heard = now_();
  task.progress = {};
  task.state = Task::State::kLeased;
  ++task.times;
  return lease;
}

Result<std::optional<RunLease>> RunQueue::take(const WorkerName& worker) {
  const std::lock_guard lock(mutex_);
  see(worker);
  const auto free = std::ranges::find_if(tasks_, [&](const auto& task) {
    return task->state == Task::State::kWaiting && task->times < kTimesMax && !task->refused_by.contains(worker);
  });
  if (free == tasks_.end()) return std::optional<RunLease>();
  auto lease = lease_of(**free, worker);
  if (lease) return std::optional(std::move(*lease));
  release(**free, "");
  return std::move(lease).error();
}

Result<std::shared_ptr<RunQueue::Task>> RunQueue::leased(const WorkerName& worker, const std::string& lease) {
  see(worker);
  const auto found = std::ranges::find_if(tasks_, [&](const auto& task) {
    return task->state == Task::State::kLeased && task->lease == lease && task->worker == worker;
  });
  if (found == tasks_.end()) return lease_ended();
  (*found)->heard = now_();
  return *found;
}

Result<void> RunQueue::renew(const WorkerName& worker, const std::string& lease, const LeaseProgress& progress) {
  const std::lock_guard lock(mutex_);
  APPORTION_ASSIGN(const auto task, leased(worker, lease));
  task->progress = progress;
  return ok();
}

Result<void> RunQueue::answer(const WorkerName& worker, const std::string& lease, std::vector<RunRows> rows) {
  const std::lock_guard lock(mutex_);
  APPORTION_ASSIGN(const auto task, leased(worker, lease));
  const auto refused = [&](const OfferedRun& run, std::string why) {
    const Error error = answer_wrong(run, std::move(why));
    task->refused_by.insert(worker);
    release(*task, error.message());
    return error;
  };
  if (rows.size() != task->runs.size()) return refused(task->runs.front().offered, "it is not one answer for each run");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Task::One& one = task->runs[i];
    const auto folder = one.incoming->folder_of(place_of(one.offered.what)).lexically_relative(home_.lake());
    const std::string misfit = misfit_of(rows[i], one.offered.what, folder.generic_string());
    if (!misfit.empty()) return refused(one.offered, misfit);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Task::One& one = task->runs[i];
    rows[i].import = with_rows_of(one.offered.what.import, std::move(rows[i].import));
    one.rows = std::move(rows[i]);
  }
  task->folder.reset();
  task->state = Task::State::kWritten;
  return ok();
}

Result<void> RunQueue::give_back(const WorkerName& worker, const std::string& lease, const std::string& why) {
  const std::lock_guard lock(mutex_);
  APPORTION_ASSIGN(const auto task, leased(worker, lease));
  task->refused_by.insert(worker);
  release(*task, fmt::format("{} could not read a run: {}", worker.shown(), excerpt(why, 1000)));
  return ok();
}

void RunQueue::leave(const WorkerName& worker) {
  const std::lock_guard lock(mutex_);
  for (const auto& task : tasks_) {
    if (task->state == Task::State::kLeased && task->worker == worker) {
      --task->times;
      release(*task, fmt::format("{} has ended; its runs are read again", worker.shown()));
    }
  }
  heard_.erase(worker);
}

OfferedRuns::OfferedRuns(std::shared_ptr<RunQueue> queue, std::vector<OfferedRun> runs) : queue_(std::move(queue)) {
  const std::lock_guard lock(queue_->mutex_);
  RunQueue::Tasks added;
  for (OfferedRun& run : runs) {
    const Key key = key_of(run.what.import.connection, run.what.run);
    if (places_.contains(key)) continue;
    const auto with = std::ranges::find_if(
        added, [&](const auto& task) { return may_stand_in(task->runs.front().offered, run); });
    const auto task = with == added.end() ? added.emplace_back(std::make_shared<RunQueue::Task>()) : *with;
    places_[key] = {task, task->runs.size()};
    task->runs.push_back({std::move(run), {}, {}});
  }
  std::ranges::move(added, std::back_inserter(queue_->tasks_));
}

OfferedRuns::~OfferedRuns() {
  const std::lock_guard lock(queue_->mutex_);
  std::set<std::shared_ptr<RunQueue::Task>> own;
  for (const auto& [key, place] : places_) own.insert(place.task);
  std::erase_if(queue_->tasks_, [&own](const auto& task) { return own.contains(task); });
}

std::optional<ImportId> OfferedRuns::import_of(ConnectionId connection, const Run& run) const {
  const auto found = places_.find(key_of(connection, run));
  if (found == places_.end()) return std::nullopt;
  return found->second.task->runs[found->second.run].offered.what.import.id;
}

OfferedRuns::Turn OfferedRuns::look(const Place& place, std::optional<WrittenRun>& written,
                                    std::optional<LeaseProgress>& progress, std::vector<std::string>& news) {
  using State = RunQueue::Task::State;
  const std::lock_guard lock(queue_->mutex_);
  queue_->drop_unheard();
  RunQueue::Task& task = *place.task;
  news = std::exchange(task.news, {});
  if (task.state == State::kWritten) {
    RunQueue::Task::One& one = task.runs[place.run];
    if (!one.rows) return Turn::kRead;  // it was fetched before
    written.emplace(WrittenRun{std::move(*one.rows), std::move(*one.incoming)});
    one.rows.reset();
    one.incoming.reset();
    return Turn::kWritten;
  }
  if (task.state == State::kLeased) {
    if (task.progress.run == place.run) progress = task.progress;
    return Turn::kWait;
  }
  if (task.state == State::kWaiting && task.times < kTimesMax && queue_->is_there_worker_for(task)) return Turn::kWait;
  task.state = State::kReadHere;
  return Turn::kRead;
}

Result<std::optional<WrittenRun>> OfferedRuns::fetch(ConnectionId connection, const Run& run, const Cancel& cancel,
                                                     const Watch& watch) {
  std::optional<WrittenRun> written;
  const auto found = places_.find(key_of(connection, run));
  if (found == places_.end()) return written;
  while (true) {
    std::optional<LeaseProgress> progress;
    std::vector<std::string> news;
    const Turn turn = look(found->second, written, progress, news);
    for (const std::string& line : news) watch.talk(line);
    if (progress) watch.progress(*progress);
    if (turn == Turn::kRead) return written;
    if (turn == Turn::kWritten) break;
    if (!cancel.wait_for(kLook)) return cancelled_error(run.source);
  }
  const auto checked = check_files(queue_->home_, written->rows.import);
  if (checked) return written;
  watch.talk(fmt::format("what a worker wrote is not used: {}", checked.error().message()));
  return std::optional<WrittenRun>();
}

}  // namespace apportion
