/// The first part of an answer as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "foundation/base/utc_time.h"
#include "serve/http/http_exchange.h"

namespace apportion {

/// What the server adds to the headers of a response.
struct ResponseFraming {
  std::optional<std::int64_t> content_length = {};
  bool is_chunked = false;
  bool keeps_alive = false;
  std::string request_id;
  std::optional<UtcTime> date = {};
};

/// Status line, header fields and the blank line. Headers of the response that the framing decides are left out;
/// control characters in values are blanks, so that no value can begin a field of its own.
std::string response_head(const ServerResponse& response, const ResponseFraming& framing);

/// `Wed, 25 Nov 2026 12:00:00 GMT`
std::string http_date_text(UtcTime time);

}  // namespace apportion
