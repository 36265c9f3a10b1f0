/// Threads, as many as the system gives. A container or a service manager may refuse more: work goes on with those
/// there are, in the calling thread when there are none.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace apportion {

/// Threads that are joined at its end. Not thread-safe.
class Threads {
 public:
  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads();

  /// Starts a thread; false when the system refuses one.
  bool start(std::function<void()> work);
  std::size_t count() const { return threads_.size(); }
  /// Whether an exception ended a thread.
  bool failed() const;
  /// Waits for all.
  void wait();
  /// Waits for all. What ended one of them by an exception (no memory, say) is thrown here.
  void join();

 private:
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::exception_ptr failure_;
};

/// Runs `work(0)` to `work(count - 1)`, each in a thread of its own, the first in the calling one. Those for which the
/// system gives no thread are not run: each must be able to do the work of all.
void run_in_threads(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace apportion
