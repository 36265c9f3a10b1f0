/// HTTP as the pipeline needs it: one request, one answer, through a seam behind which tests put a fake.
///
/// Policies are transports around a transport: `curl_transport.h` talks to the network, `retry.h` tries again,
/// both are an `HttpTransport`. No redirect is ever followed: the Azure APIs that this program calls have none, and a
/// redirect to another host would carry a token there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< Whole, with its query; sent byte for byte (a SAS must not be encoded again).
  std::vector<HttpHeader> headers;
  std::string body;
  /// An answer with a larger body is refused, whatever its length header says: no caller needs 10 GB of JSON.
  std::uint64_t answer_bytes_max = std::uint64_t{64} << 20;
  /// Where the body of a 2xx answer goes instead of into `HttpResponse::body`, piece by piece; its error ends the
  /// call. `answer_bytes_max` counts here too.
  std::function<Result<void>(std::string_view)> sink;
  /// Until the first byte, and between bytes.
  std::chrono::milliseconds stall_time_max = std::chrono::seconds(60);
  /// Whether what follows the host is itself a secret, as in the URL of a webhook: errors and logs name the host only.
  bool path_is_secret = false;
  /// Whether the same request may be sent twice. GET, HEAD and PUT may; a POST only where its caller says so.
  bool may_repeat = true;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
  /// The first header of a name, whatever its case; empty if there is none.
  std::string_view header(std::string_view name) const;
};

/// Sends requests. Errors: kUnreachable if no answer came (may be retried), kForbidden if the other side is not who it
/// should be (TLS) or redirects to another host, kBadInput if the answer is larger than allowed. An answer of any
/// status is a value. Thread-safe.
class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel) = 0;
};

/// A URL that may be shown and logged: without user, and with the values of all query parameters except harmless ones
/// (`api-version`, `restype`, `comp`, `prefix`, `$expand`, …) as `REDACTED`.
std::string shown_url(std::string_view url);

/// The URL of a request as it may be shown and logged: its origin only when its path is a secret.
std::string shown_url(const HttpRequest& request);

/// Scheme, host in lower case and port, as `https://management.azure.com:443`; empty if it is not an http(s) URL, or if
/// its host could be read in two ways (a user in it, a backslash).
std::string origin_of(std::string_view url);

/// Whether a URL is https, or http to this machine: secrets and bills are sent nowhere else.
bool is_secure(std::string_view url);

/// Whether a URL leads to this machine (127.0.0.0/8, ::1, localhost): only there is plain http acceptable.
bool is_loopback(std::string_view url);

/// `text` as a part of a URL's path or query; keeps unreserved characters and those of `keep`.
std::string percent_encoded(std::string_view text, std::string_view keep = "");

}  // namespace apportion
