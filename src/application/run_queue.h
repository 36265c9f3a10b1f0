/// Run queue: runs that the service has others read, and what they wrote.
///
/// A command offers its runs; workers take them, with a lease that they renew, and write files into folders that the
/// queue made for the lease. The command publishes what they wrote, in its own order, and reads itself what nobody
/// takes. All of it is in memory: leases mean nothing without the process that waits for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "application/run_rows.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "lake/incoming_files.h"
#include "store/home.h"

namespace apportion {

/// A run that others may read.
struct OfferedRun {
  RunToRead what;
  std::string location;  ///< The folder that it lies in.
};

/// A run of a lease.
struct LeasedRun {
  OfferedRun offered;
  std::string folder;  ///< For its files, below the lake.
};

/// Runs that a worker reads: those of one month whose rows may stand in for one another, or a single one.
struct RunLease {
  std::string id;
  std::chrono::milliseconds lasts{0};  ///< Unless it is renewed.
  std::string folder;                  ///< For what is temporary, below the lake.
  std::vector<LeasedRun> runs;         ///< To be read in this order.
};

/// How far a lease is.
struct LeaseProgress {
  std::size_t run = 0;  ///< Number of the run that is being read, from 0.
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

/// A worker, as the queue tells them apart.
struct WorkerName {
  std::string actor;  ///< Of its token, as in the audit log.
  std::string name;   ///< As it calls itself.

  auto operator<=>(const WorkerName&) const = default;
  std::string shown() const;
};

/// The rows of a run, and its files.
struct WrittenRun {
  RunRows rows;
  IncomingFiles incoming;
};

class OfferedRuns;

/// Thread-safe.
class RunQueue {
 public:
  /// The time of a clock that only goes forward.
  using Now = std::function<std::chrono::milliseconds()>;

  /// `lasts`: how long a worker may be silent.
  static Result<std::shared_ptr<RunQueue>> open(const Home& home, std::chrono::milliseconds lasts, Now now);

  std::chrono::milliseconds lasts() const { return lasts_; }

  /// A folder that only the lake of this queue has, relative to the lake.
  std::string mark() const;

  /// The first runs that nobody has; nothing if there are none.
  Result<std::optional<RunLease>> take(const WorkerName& worker);
  /// Errors, also of the two below: kWorkerLeaseEnded if the worker does not have the lease (any more).
  Result<void> renew(const WorkerName& worker, const std::string& lease, const LeaseProgress& progress);
  /// What came of the runs of a lease, in their order. Errors: kWorkerAnswerWrong, and then others get the runs.
  Result<void> answer(const WorkerName& worker, const std::string& lease, std::vector<RunRows> rows);
  /// The worker does not read them: others get them, and it does not again.
  Result<void> give_back(const WorkerName& worker, const std::string& lease, const std::string& why);
  /// The worker ends, and gives back what it has.
  void leave(const WorkerName& worker);

 private:
  friend class OfferedRuns;
  struct Task;
  using Tasks = std::vector<std::shared_ptr<Task>>;

  RunQueue(Home home, std::chrono::milliseconds lasts, Now now, TemporaryFolder mark);
  void see(const WorkerName& worker);
  void drop_unheard();
  bool is_there_worker_for(const Task& task) const;
  void release(Task& task, const std::string& news);
  Result<RunLease> lease_of(Task& task, const WorkerName& worker);
  Result<std::shared_ptr<Task>> leased(const WorkerName& worker, const std::string& lease);

  Home home_;
  const std::chrono::milliseconds lasts_;
  Now now_;
  TemporaryFolder mark_;
  mutable std::mutex mutex_;
  Tasks tasks_;
  std::map<WorkerName, std::chrono::milliseconds> heard_;  // when last
};

/// What a command has offered. What was not fetched is withdrawn with the object. For one thread.
class OfferedRuns {
 public:
  /// Offers runs, in the order in which they will be fetched; the runs of a month whose rows may stand in for one
  /// another become one lease.
  OfferedRuns(std::shared_ptr<RunQueue> queue, std::vector<OfferedRun> runs);
  OfferedRuns(const OfferedRuns&) = delete;
  OfferedRuns& operator=(const OfferedRuns&) = delete;
  ~OfferedRuns();

  /// The id that was reserved for the import of a run; nothing if it was not offered.
  std::optional<ImportId> import_of(ConnectionId connection, const Run& run) const;

  /// What is told while a run is waited for.
  struct Watch {
    std::function<void(const std::string& line)> talk;
    std::function<void(const LeaseProgress& progress)> progress;
  };
  /// Waits for the worker that reads a run, or for one that takes it while there are any. Nothing if the run has to be
  /// read here: it was not offered, no worker is there, or none could read it; then nobody takes it any more. Errors:
  /// kInterrupted.
  Result<std::optional<WrittenRun>> fetch(ConnectionId connection, const Run& run, const Cancel& cancel,
                                          const Watch& watch);

 private:
  using Key = std::tuple<ConnectionId, Dataset, std::string, std::string>;
  struct Place {
    std::shared_ptr<RunQueue::Task> task;
    std::size_t run = 0;
  };
  enum class Turn { kWait, kWritten, kRead };

  static Key key_of(ConnectionId connection, const Run& run) {
    return {connection, *run.dataset, run.run_id, run.content_hash};
  }
  Turn look(const Place& place, std::optional<WrittenRun>& written, std::optional<LeaseProgress>& progress,
            std::vector<std::string>& news);

  std::shared_ptr<RunQueue> queue_;
  std::map<Key, Place> places_;
};

}  // namespace apportion
