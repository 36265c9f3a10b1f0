/// Threads that answer requests. No more work waits than was agreed. Work stands in a line, such as that of whoever
/// asks: lines take turns, and no line has more than its threads, so that nobody keeps all of them busy.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "foundation/base/threads.h"

namespace apportion {

/// Thread-safe, but for `start` and `stop`, which are called by whoever owns it.
class WorkerPool {
 public:
  /// As much as `queue_max` may wait when all threads are at work. A line has `threads_of_line` threads at once; 0:
  /// all.
  explicit WorkerPool(int queue_max, int threads_of_line = 0)
      : queue_max_(queue_max), threads_of_line_(threads_of_line) {}
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts up to `threads` threads; false if the system gives none.
  bool start(int threads);
  /// False, and nothing happens, if too much is waiting. An exception that leaves `work` ends the program.
  bool try_post(const std::string& line, std::function<void()> work);
  /// Work that belongs to what was begun already: always taken, and in no line.
  void post(std::function<void()> work);
  /// How much waits that came by `try_post`, and how often that was refused.
  int waiting();
  std::int64_t refused();
  /// Ends when all that waits is done.
  void stop();

 private:
  struct Line {
    std::deque<std::function<void()>> waiting;
    int running = 0;
    bool has_turn = false;
  };
  using Lines = std::map<std::string, Line>;
  // Work in no line, or the next of a line.
  struct Turn {
    std::function<void()> work;
    Lines::iterator line;
  };
  void run() noexcept;
  void give_turn(Lines::iterator place);
  std::function<void()> take(Turn& turn);
  void leave(Lines::iterator place);

  const int queue_max_;
  const int threads_of_line_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Turn> turns_;
  Lines lines_;      // those with work
  int waiting_ = 0;  // in all lines
  int idle_ = 0;
  std::int64_t refused_ = 0;
  bool stopping_ = false;
  Threads threads_;
};

}  // namespace apportion
