#include "pipeline/fetch/fetch_budget.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace apportion {
namespace {

// How long a wait lasts until it looks at the wish to stop again.
constexpr std::chrono::milliseconds kLook(20);

int count_in(const std::map<std::string, int>& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void decrease(std::map<std::string, int>& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

FetchBudget::Slot::Slot(FetchBudget* budget, std::string account, std::string party)
    : budget_(budget), account_(std::move(account)), party_(std::move(party)) {}

FetchBudget::Slot::Slot(Slot&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)),
      account_(std::move(other.account_)),
      party_(std::move(other.party_)) {}

FetchBudget::Slot::~Slot() {
  if (budget_ != nullptr) budget_->release(account_, party_);
}

Result<FetchBudget::Slot> FetchBudget::wait_for_slot(const std::string& account, const std::string& party,
                                                     const Cancel& cancel) {
  std::unique_lock lock(mutex_);
  const auto self = waiters_.insert(waiters_.end(), Waiter{&account, &party});
  while (!is_next(*self) && !cancel.requested()) changed_.wait_for(lock, kLook);
  waiters_.erase(self);
  if (cancel.requested()) {
    changed_.notify_all();
    return cancelled_error(account);
  }
  ++requests_;
  ++of_account_[account];
  ++of_party_[party];
  requests_most_ = std::max(requests_most_, requests_);
  changed_.notify_all();
  return Slot(this, account, party);
}

bool FetchBudget::has_room(const std::string& account) const {
  return requests_ < limits_.requests && count_in(of_account_, account) < limits_.requests_per_account;
}

bool FetchBudget::is_next(const Waiter& waiter) const {
  if (!has_room(*waiter.account)) return false;
  const Waiter* best = nullptr;
  for (const Waiter& other : waiters_) {
    if (!has_room(*other.account)) continue;
    if (best == nullptr || count_in(of_party_, *other.party) < count_in(of_party_, *best->party)) best = &other;
  }
  return best == &waiter;
}

void FetchBudget::release(const std::string& account, const std::string& party) {
  const std::lock_guard lock(mutex_);
  --requests_;
  decrease(of_account_, account);
  decrease(of_party_, party);
  changed_.notify_all();
}

void FetchBudget::add_reader() {
  const std::lock_guard lock(mutex_);
  ++readers_;
}

void FetchBudget::remove_reader() {
  const std::lock_guard lock(mutex_);
  --readers_;
}

bool FetchBudget::take_bytes(std::int64_t held, std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  const std::int64_t share = limits_.bytes / std::max(1, readers_);
  if (held > 0 && (held + bytes > share || bytes_ + bytes > limits_.bytes)) return false;
  bytes_ += bytes;
  bytes_most_ = std::max(bytes_most_, bytes_);
  return true;
}

void FetchBudget::give_bytes(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ -= bytes;
}

std::size_t FetchBudget::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiters_.size();
}

std::int64_t FetchBudget::bytes_most() const {
  const std::lock_guard lock(mutex_);
  return bytes_most_;
}

int FetchBudget::requests_most() const {
  const std::lock_guard lock(mutex_);
  return requests_most_;
}

}  // namespace apportion
