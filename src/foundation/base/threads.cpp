#include "foundation/base/threads.h"

#include <system_error>
#include <utility>

namespace apportion {

Threads::~Threads() { wait(); }

bool Threads::start(std::function<void()> work) {
  try {
    threads_.emplace_back([this, work = std::move(work)] {
      try {
        work();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
    });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

bool Threads::failed() const {
  const std::lock_guard lock(mutex_);
  return failure_ != nullptr;
}

void Threads::join() {
  wait();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Threads::wait() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void run_in_threads(std::size_t count, const std::function<void(std::size_t)>& work) {
  Threads threads;
  for (std::size_t i = 1; i < count; ++i) {
    if (!threads.start([&work, i] { work(i); })) break;
  }
  if (count > 0) work(0);
  threads.join();
}

}  // namespace apportion
