#include "foundation/base/cancel.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace apportion {

struct Cancel::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool requested = false;
};

Cancel::Cancel() : state_(std::make_shared<State>()) {}

void Cancel::request() const {
  {
    const std::lock_guard lock(state_->mutex);
    state_->requested = true;
  }
  state_->changed.notify_all();
}

bool Cancel::requested() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requested;
}

bool Cancel::wait_for(std::chrono::milliseconds time) const {
  std::unique_lock lock(state_->mutex);
  return !state_->changed.wait_for(lock, time, [this] { return state_->requested; });
}

Error cancelled_error(std::string where) {
  return {ErrorId::kInterrupted, "stopped; nothing was half done", std::move(where), "",
          "run the same command again: it goes on where it stopped"};
}

}  // namespace apportion
