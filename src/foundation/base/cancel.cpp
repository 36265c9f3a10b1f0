#include "foundation/base/cancel.h"

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace apportion {

struct Cancel::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool requested = false;
  std::shared_ptr<State> parent;  // lives as long as who must hear of it
  std::vector<std::weak_ptr<State>> children;
};

Cancel::Cancel() : state_(std::make_shared<State>()) {}

void Cancel::request() const { request(*state_); }

void Cancel::request(State& state) {
  std::vector<std::weak_ptr<State>> children;
  {
    const std::lock_guard lock(state.mutex);
    state.requested = true;
    children = state.children;
  }
  state.changed.notify_all();
  for (const auto& child : children) {
    if (const auto living = child.lock()) request(*living);
  }
}

Cancel Cancel::child() const {
  Cancel child;
  child.state_->parent = state_;
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->children, [](const auto& known) { return known.expired(); });
  state_->children.push_back(child.state_);
  child.state_->requested = state_->requested;
  return child;
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
  return {ErrorId::kInterrupted, "stopped; nothing was left half-done", std::move(where), "",
          "start it again: it continues where it stopped"};
}

}  // namespace apportion
