/// Deadline: interrupts a connection once its time is over. Internal to `engine/duckdb`.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <duckdb.h>

namespace apportion {

/// Watches one statement from its making to its destruction, which waits until no interrupt is under way any more. The
/// connection must outlive it.
class Deadline {
 public:
  /// No allowance (zero or less): never.
  Deadline(duckdb_connection connection, std::chrono::milliseconds allowance);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Whether the time is over.
  bool is_over() const { return is_over_; }

 private:
  void watch(duckdb_connection connection, std::chrono::milliseconds allowance);

  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_ = false;
  std::atomic<bool> is_over_ = false;
  std::thread watcher_;
};

}  // namespace apportion
