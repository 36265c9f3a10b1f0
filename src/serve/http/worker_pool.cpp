#include "serve/http/worker_pool.h"

#include <utility>

namespace apportion {

bool WorkerPool::start(int threads) {
  for (int i = 0; i < threads; ++i) {
    if (!threads_.start([this] { run(); })) break;
  }
  return threads_.count() > 0;
}

bool WorkerPool::try_post(const std::string& line, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (waiting_ >= queue_max_ + idle_) {
    ++refused_;
    return false;
  }
  const auto place = lines_.try_emplace(line).first;
  place->second.waiting.push_back(std::move(work));
  ++waiting_;
  give_turn(place);
  return true;
}

void WorkerPool::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  turns_.push_back({std::move(work), lines_.end()});
  changed_.notify_one();
}

// Unless it has one, or as many threads as it may have, or nothing to do.
void WorkerPool::give_turn(Lines::iterator place) {
  Line& line = place->second;
  const bool is_full = threads_of_line_ > 0 && line.running >= threads_of_line_;
  if (line.has_turn || is_full || line.waiting.empty()) return;
  line.has_turn = true;
  turns_.push_back({nullptr, place});
  changed_.notify_one();
}

std::function<void()> WorkerPool::take(Turn& turn) {
  if (turn.line == lines_.end()) return std::move(turn.work);
  Line& line = turn.line->second;
  std::function<void()> work = std::move(line.waiting.front());
  line.waiting.pop_front();
  --waiting_;
  ++line.running;
  line.has_turn = false;
  give_turn(turn.line);
  return work;
}

void WorkerPool::leave(Lines::iterator place) {
  if (place == lines_.end()) return;
  --place->second.running;
  give_turn(place);
  if (place->second.running == 0 && place->second.waiting.empty()) lines_.erase(place);
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
    changed_.wait(lock, [this] { return stopping_ || !turns_.empty(); });
    --idle_;
    if (turns_.empty()) return;
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    std::function<void()> work = take(turn);
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
    leave(turn.line);
  }
}

}  // namespace apportion
