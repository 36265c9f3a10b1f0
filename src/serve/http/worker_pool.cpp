#include "serve/http/worker_pool.h"

#include <utility>

namespace apportion {

bool WorkerPool::start(int threads) {
  for (int i = 0; i < threads; ++i) {
    if (!threads_.start([this] { run(); })) break;
  }
  return threads_.count() > 0;
}

bool WorkerPool::try_post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= queue_max_ + idle_) {
      ++refused_;
      return false;
    }
    jobs_.push_back({std::move(work), true});
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(work), false});
  }
  changed_.notify_one();
}

int WorkerPool::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

std::int64_t WorkerPool::refused() {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.wait();
}

void WorkerPool::run() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (job.is_bounded) --waiting_;
    lock.unlock();
    job.work();
    job.work = nullptr;
    lock.lock();
  }
}

}  // namespace apportion
