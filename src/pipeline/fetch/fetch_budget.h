/// FetchBudget: what all downloads of the program may use together, shared fairly.
///
/// Requests: a maximum at once, overall and per storage account; when one ends, the party (a connection) with the
/// fewest running is next, so that one location with a thousand blobs cannot hold up the others. Memory: bytes that
/// were downloaded and not yet read; a reader may always have one block (it could not continue otherwise) and more only
/// within its share. So memory is at most the limit and one block for each open reader. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct FetchLimits {
  int requests = 32;
  int requests_per_account = 16;
  std::int64_t bytes = std::int64_t{128} << 20;
};

class FetchBudget {
 public:
  explicit FetchBudget(FetchLimits limits = {}) : limits_(limits) {}
  FetchBudget(const FetchBudget&) = delete;
  FetchBudget& operator=(const FetchBudget&) = delete;

  /// The right to have one request in progress, until destruction.
  class Slot {
   public:
    Slot(Slot&& other) noexcept;
    Slot& operator=(Slot&&) = delete;
    ~Slot();

   private:
    friend class FetchBudget;
    Slot(FetchBudget* budget, std::string account, std::string party);
    FetchBudget* budget_;  // null once moved from
    std::string account_;
    std::string party_;
  };

  /// Waits for a slot. The only error is that `cancel` was requested.
  Result<Slot> wait_for_slot(const std::string& account, const std::string& party, const Cancel& cancel);

  void add_reader();
  void remove_reader();
  /// Takes memory for a block of a reader that holds `held` bytes already: always when that is none, else within the
  /// reader's share and the limit.
  bool take_bytes(std::int64_t held, std::int64_t bytes);
  void give_bytes(std::int64_t bytes);

  std::size_t waiting() const;      ///< How many wait for a slot.
  std::int64_t bytes_most() const;  ///< The most bytes that were taken at once.
  int requests_most() const;        ///< The most requests that were under way at once.

 private:
  struct Waiter {
    const std::string* account;
    const std::string* party;
  };

  bool is_next(const Waiter& waiter) const;
  bool has_room(const std::string& account) const;
  void release(const std::string& account, const std::string& party);

  const FetchLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Waiter> waiters_;  // in the order of arrival
  std::map<std::string, int> of_account_;
  std::map<std::string, int> of_party_;
  int requests_ = 0;
  int requests_most_ = 0;
  int readers_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t bytes_most_ = 0;
};

}  // namespace apportion
