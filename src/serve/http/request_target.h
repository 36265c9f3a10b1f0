/// The target of a request line, read strictly: what two programs could understand differently is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

struct RequestTarget {
  std::optional<std::string> authority;  ///< Of the absolute form, `http://host/path`; with its port.
  std::string path;                      ///< As sent.
  std::vector<std::string> segments;
  std::vector<HttpQueryValue> query;
};

/// Reads `/path?query` or `http://host/path?query`. Escapes are decoded, once; `+` in the query is a blank. The root
/// has no segments; `/a/` has two, of which the last is empty. Errors: kRequestMalformed for other forms, for escapes
/// that are none or hold NUL or what is not UTF-8, and for the segments `.` and `..`.
Result<RequestTarget> read_request_target(std::string_view target);

}  // namespace apportion
