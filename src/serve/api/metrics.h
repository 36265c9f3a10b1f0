/// What the service counts, in the text format of Prometheus.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace apportion {

/// Requests by operation. Thread-safe.
class RequestMetrics {
 public:
  void add(std::string_view operation, int status, std::chrono::microseconds took);
  /// `apportion_http_requests_total` and `apportion_http_request_seconds` (a histogram).
  std::string text() const;

 private:
  static constexpr std::array<std::int64_t, 9> kBucketMillis = {5, 10, 25, 50, 100, 300, 1000, 5000, 30000};
  struct Series {
    std::map<int, std::int64_t> by_status;
    std::array<std::int64_t, kBucketMillis.size()> buckets{};
    std::int64_t count = 0;
    std::int64_t micros = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Series, std::less<>> series_;
};

/// One line of a metric: name, labels (already as they stand in braces, or empty), value.
std::string metric_line(std::string_view name, std::string_view labels, std::int64_t value);
/// A text as the value of a label.
std::string metric_label(std::string_view text);

}  // namespace apportion
