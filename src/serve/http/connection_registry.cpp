#include "serve/http/connection_registry.h"

namespace apportion {
namespace {

constexpr int kRefusalsMax = 64;

}  // namespace

ConnectionRegistry::Verdict ConnectionRegistry::enter(StoppableConnection& connection, const std::string& network,
                                                      bool is_trusted_proxy) {
  const std::lock_guard lock(mutex_);
  const auto known = of_network_.find(network);
  const int of_network = known == of_network_.end() ? 0 : known->second;
  Verdict verdict = Verdict::kServe;
  if (counts_.served >= connections_max_ || (!is_trusted_proxy && of_network >= per_network_max_)) {
    ++counts_.turned_away;
    if (refused_ >= kRefusalsMax) return Verdict::kClose;
    verdict = Verdict::kRefuse;
    ++refused_;
  } else {
    ++counts_.served;
    ++of_network_[network];
  }
  connections_.insert(&connection);
  return verdict;
}

void ConnectionRegistry::leave(StoppableConnection& connection, const std::string& network, Verdict verdict) {
  const std::lock_guard lock(mutex_);
  connections_.erase(&connection);
  if (verdict == Verdict::kRefuse) {
    --refused_;
  } else {
    --counts_.served;
    const auto of_network = of_network_.find(network);
    if (--of_network->second == 0) of_network_.erase(of_network);
  }
  changed_.notify_all();
}

void ConnectionRegistry::for_each(const std::function<void(StoppableConnection&)>& action) {
  const std::lock_guard lock(mutex_);
  for (StoppableConnection* connection : connections_) action(*connection);
}

ConnectionRegistry::Counts ConnectionRegistry::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

bool ConnectionRegistry::wait_until_empty(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return connections_.empty(); });
}

}  // namespace apportion
