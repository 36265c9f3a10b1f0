#include "azure/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "azure/http_date.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kAskedMax = seconds(3600);
constexpr auto kPassingStatuses = std::to_array<int>({408, 429, 500, 502, 503, 504});
constexpr auto kStatusesOfRefusedRequests = std::to_array<int>({429, 503});

template <std::size_t Count>
bool is_one_of(const std::array<int, Count>& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::optional<std::int64_t> count_in(std::string_view text) {
  text = trim(text);
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool too_large = read.ec == std::errc::result_out_of_range && !text.starts_with('-');
  if (too_large) return std::int64_t{1} << 40;
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || count < 0) return std::nullopt;
  return count;
}

std::optional<milliseconds> pause_in(const HttpHeader& header, std::int64_t epoch_seconds) {
  const std::string name = ascii_lower(header.name);
  const auto count = count_in(header.value);
  const auto capped = [](std::int64_t number, milliseconds unit) { return unit * std::min(number, kAskedMax / unit); };
  if (name == "retry-after-ms" || name == "x-ms-retry-after-ms") {
    return count ? std::optional(capped(*count, milliseconds(1))) : std::nullopt;
  }
  const bool of_a_limit = name.starts_with("x-ms-ratelimit-") && name.ends_with("retry-after");
  if (name != "retry-after" && !of_a_limit) return std::nullopt;
  if (count) return capped(*count, seconds(1));
  const auto date = parse_http_date(header.value);
  if (!date) return std::nullopt;
  return capped(std::max<std::int64_t>(*date - epoch_seconds, 0), seconds(1));
}

milliseconds draw_at_random(milliseconds most) {
  thread_local std::mt19937_64 source{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(source));
}

// Whether sending the request again may help and does no harm.
bool may_try_again(const HttpRequest& request, const Result<HttpResponse>& answer, bool sink_has_bytes) {
  if (!answer) return is_unreachable(answer.error().kind()) && request.may_repeat && !sink_has_bytes;
  if (request.may_repeat) return is_one_of(kPassingStatuses, answer->status);
  return is_one_of(kStatusesOfRefusedRequests, answer->status);
}

Result<HttpResponse> with_attempts(Result<HttpResponse> answer, int attempts) {
  if (answer || attempts == 1) return answer;
  Error error = std::move(answer).error();
  error.why += fmt::format(" (tried {} times)", attempts);
  return error;
}

}  // namespace

std::optional<milliseconds> asked_pause(const HttpResponse& response, std::int64_t epoch_seconds) {
  std::optional<milliseconds> longest;
  for (const HttpHeader& header : response.headers) {
    const auto pause = pause_in(header, epoch_seconds);
    if (pause && (!longest || *pause > *longest)) longest = pause;
  }
  return longest;
}

RetryingTransport::RetryingTransport(HttpTransport& inner, RetryOptions options, RetryWorld world)
    : inner_(&inner), options_(options), world_(std::move(world)) {
  if (!world_.wait) world_.wait = [](milliseconds time, const Cancel& cancel) { return cancel.wait_for(time); };
  if (!world_.draw) world_.draw = draw_at_random;
  if (!world_.epoch_seconds) {
    world_.epoch_seconds = [] {
      return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    };
  }
}

milliseconds RetryingTransport::pause_after(const Result<HttpResponse>& answer, int attempt) const {
  const auto asked = answer ? asked_pause(*answer, world_.epoch_seconds()) : std::nullopt;
  // Many requests may be told the same second: they come back spread out.
  if (asked && asked->count() > 0) return *asked + world_.draw(options_.first_pause);
  const int doublings = std::min(attempt - 1, 20);
  return world_.draw(std::min(options_.own_pause_max, options_.first_pause * (1 << doublings)));
}

Result<HttpResponse> RetryingTransport::send(const HttpRequest& request, const Cancel& cancel) {
  bool sink_has_bytes = false;
  HttpRequest watched = request;
  if (request.sink) {
    watched.sink = [&](std::string_view piece) {
      sink_has_bytes = sink_has_bytes || !piece.empty();
      return request.sink(piece);
    };
  }
  milliseconds waited{0};
  for (int attempt = 1;; ++attempt) {
    auto answer = inner_->send(watched, cancel);
    if (cancel.requested() || !may_try_again(request, answer, sink_has_bytes)) {
      return with_attempts(std::move(answer), attempt);
    }
    const milliseconds pause = pause_after(answer, attempt);
    waited += pause;
    if (attempt >= options_.attempts_max || waited > options_.wait_max) {
      return with_attempts(std::move(answer), attempt);
    }
    if (world_.told) {
      world_.told({shown_url(request), answer ? std::to_string(answer->status) : answer.error().why, attempt, pause});
    }
    if (!world_.wait(pause, cancel)) return cancelled_error(shown_url(request));
  }
}

}  // namespace apportion
