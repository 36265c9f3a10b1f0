/// The connections of a server: how many there are, whether one more may come, and whom to tell when it stops.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace apportion {

/// A connection as whoever stops it sees it. Thread-safe.
class StoppableConnection {
 public:
  StoppableConnection() = default;
  StoppableConnection(const StoppableConnection&) = delete;
  StoppableConnection& operator=(const StoppableConnection&) = delete;
  virtual ~StoppableConnection() = default;
  /// Ends at once if it is idle, or else after its answer.
  virtual void begin_stop() = 0;
  /// Ends at once.
  virtual void cut() = 0;
};

/// Thread-safe.
class ConnectionRegistry {
 public:
  enum class Verdict {
    kServe,
    kRefuse,  ///< One of the few beyond the caps that are told so.
    kClose,   ///< Closed without a word, and not counted.
  };

  ConnectionRegistry(int connections_max, int per_network_max)
      : connections_max_(connections_max), per_network_max_(per_network_max) {}

  /// Whoever enters, other than by kClose, must leave before it is destroyed. The cap of a network does not count for a
  /// proxy, behind which there are many clients.
  Verdict enter(StoppableConnection& connection, const std::string& network, bool is_trusted_proxy);
  void leave(StoppableConnection& connection, const std::string& network, Verdict verdict);
  void for_each(const std::function<void(StoppableConnection&)>& action);
  struct Counts {
    int served = 0;
    std::int64_t turned_away = 0;  ///< Since the beginning; by kRefuse or kClose.
  };
  Counts counts();
  /// False if there were some all the time.
  bool wait_until_empty(std::chrono::milliseconds time);

 private:
  const int connections_max_;
  const int per_network_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<StoppableConnection*> connections_;
  std::map<std::string, int> of_network_;
  Counts counts_;
  int refused_ = 0;
};

}  // namespace apportion
