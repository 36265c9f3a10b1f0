/// Threads that answer requests: work goes in at one end, and no more of it waits than was agreed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

#include "foundation/base/threads.h"

namespace apportion {

/// Thread-safe, but for `start` and `stop`, which are called by whoever owns it.
class WorkerPool {
 public:
  /// As much as `queue_max` may wait when all threads are at work.
  explicit WorkerPool(int queue_max) : queue_max_(queue_max) {}
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts up to `threads` threads; false if the system gives none.
  bool start(int threads);
  /// False, and nothing happens, if too much is waiting. An exception that leaves `work` ends the program.
  bool try_post(std::function<void()> work);
  /// Work that belongs to what was begun already: always taken.
  void post(std::function<void()> work);
  /// How much waits that came by `try_post`, and how often that was refused.
  int waiting();
  std::int64_t refused();
  /// Ends when all that waits is done.
  void stop();

 private:
  struct Job {
    std::function<void()> work;
    bool is_bounded = false;
  };
  void run() noexcept;

  const int queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  int waiting_ = 0;  // of the jobs, those that are bounded
  int idle_ = 0;
  std::int64_t refused_ = 0;
  bool stopping_ = false;
  Threads threads_;
};

}  // namespace apportion
