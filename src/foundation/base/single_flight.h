/// SingleFlight: of several threads that want the same result at the same time, one works it out and the others wait
/// for it. Nothing is kept: who asks when nobody is at work begins anew.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "foundation/base/result.h"

namespace apportion {

/// Thread-safe. `Value` is cheap to copy.
template <class Value>
class SingleFlight {
 public:
  /// What `work` gives, or what it gives another thread that is at it under the same key. A failure is nobody else's:
  /// who waited for it does the work as well, since deadlines and cancellation belong to one request.
  template <class Work>
  Result<Value> of(const std::string& key, const Work& work) {
    auto [flight, is_own] = join(key);
    if (!is_own) {
      ++waiting_;
      std::optional<Value> value = flight->wait();
      --waiting_;
      return value ? Result<Value>(*std::move(value)) : work();
    }
    Landing landing(*this, key, flight);
    Result<Value> result = work();
    if (result) landing.with(*result);
    return result;
  }

  int waiting() const { return waiting_; }  ///< Threads that wait for another one's work now.

 private:
  class Flight {
   public:
    std::optional<Value> wait() {
      std::unique_lock lock(mutex_);
      landed_.wait(lock, [this] { return has_landed_; });
      return value_;
    }
    void land(std::optional<Value> value) {
      {
        const std::lock_guard lock(mutex_);
        value_ = std::move(value);
        has_landed_ = true;
      }
      landed_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable landed_;
    bool has_landed_ = false;
    std::optional<Value> value_;  // nothing: it failed
  };

  // Lets those who wait go on, also when the work ends by an exception.
  class Landing {
   public:
    Landing(SingleFlight& flights, const std::string& key, std::shared_ptr<Flight> flight)
        : flights_(flights), key_(key), flight_(std::move(flight)) {}
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;
    ~Landing() {
      flights_.remove(key_);
      flight_->land(std::move(value_));
    }
    void with(const Value& value) { value_ = value; }

   private:
    SingleFlight& flights_;
    const std::string& key_;
    std::shared_ptr<Flight> flight_;
    std::optional<Value> value_;
  };

  std::pair<std::shared_ptr<Flight>, bool> join(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto [place, is_own] = by_key_.try_emplace(key);
    if (is_own) place->second = std::make_shared<Flight>();
    return {place->second, is_own};
  }

  void remove(const std::string& key) {
    const std::lock_guard lock(mutex_);
    by_key_.erase(key);
  }

  std::atomic<int> waiting_ = 0;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> by_key_;
};

}  // namespace apportion
