#include "engine/duckdb/deadline.h"

namespace apportion {

Deadline::Deadline(duckdb_connection connection, std::chrono::milliseconds allowance) {
  if (allowance > std::chrono::milliseconds::zero()) {
    watcher_ = std::thread([this, connection, allowance] { watch(connection, allowance); });
  }
}

Deadline::~Deadline() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  done_changed_.notify_one();
  watcher_.join();
}

void Deadline::watch(duckdb_connection connection, std::chrono::milliseconds allowance) {
  constexpr std::chrono::milliseconds kPause{10};
  std::unique_lock lock(mutex_);
  if (done_changed_.wait_for(lock, allowance, [this] { return done_; })) return;
  is_over_ = true;
  // Again and again: DuckDB forgets an interrupt that comes just before it begins to run the statement.
  do {
    duckdb_interrupt(connection);
  } while (!done_changed_.wait_for(lock, kPause, [this] { return done_; }));
}

}  // namespace apportion
