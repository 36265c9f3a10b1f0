#include "serve/api/metrics.h"

#include <fmt/format.h>

namespace apportion {
namespace {

constexpr std::int64_t kMicrosPerMilli = 1000;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMillisPerSecond = 1000;

// Seconds with three or six decimals, from whole units.
std::string seconds_text(std::int64_t units, std::int64_t per_second) {
  return fmt::format("{}.{:0{}}", units / per_second, units % per_second, per_second == kMillisPerSecond ? 3 : 6);
}

}  // namespace

std::string metric_label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    if (c == '\\' || c == '"') label += '\\';
    label += c == '\n' ? ' ' : c;
  }
  return label;
}

std::string metric_line(std::string_view name, std::string_view labels, std::int64_t value) {
  return labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
}

void RequestMetrics::add(std::string_view operation, int status, std::chrono::microseconds took) {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find(operation);
  Series& series = found == series_.end() ? series_[std::string(operation)] : found->second;
  ++series.by_status[status];
  ++series.count;
  series.micros += took.count();
  for (std::size_t i = 0; i < kBucketMillis.size(); ++i) {
    if (took.count() <= kBucketMillis[i] * kMicrosPerMilli) ++series.buckets[i];
  }
}

std::string RequestMetrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text =
      "# HELP apportion_http_requests_total Requests that were answered.\n"
      "# TYPE apportion_http_requests_total counter\n";
  for (const auto& [operation, series] : series_) {
    for (const auto& [status, count] : series.by_status) {
      text += metric_line("apportion_http_requests_total",
                          fmt::format("operation=\"{}\",status=\"{}\"", operation, status), count);
    }
  }
  text +=
      "# HELP apportion_http_request_seconds Time from the end of a request's header to the end of its answer.\n"
      "# TYPE apportion_http_request_seconds histogram\n";
  for (const auto& [operation, series] : series_) {
    for (std::size_t i = 0; i < kBucketMillis.size(); ++i) {
      text += metric_line(
          "apportion_http_request_seconds_bucket",
          fmt::format("operation=\"{}\",le=\"{}\"", operation, seconds_text(kBucketMillis[i], kMillisPerSecond)),
          series.buckets[i]);
    }
    const std::string labels = fmt::format("operation=\"{}\"", operation);
    text += metric_line("apportion_http_request_seconds_bucket", labels + ",le=\"+Inf\"", series.count);
    text += fmt::format("apportion_http_request_seconds_sum{{{}}} {}\n", labels,
                        seconds_text(series.micros, kMicrosPerSecond));
    text += metric_line("apportion_http_request_seconds_count", labels, series.count);
  }
  return text;
}

}  // namespace apportion
