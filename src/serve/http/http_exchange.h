/// What an HTTP server hands to whoever answers, and what it gets back. Nothing here knows Apportion, or how bytes
/// travel.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

/// Header fields; names are compared without regard to case.
struct HttpHeaders {
  std::vector<std::pair<std::string, std::string>> fields;

  /// The value of the first field of a name.
  std::optional<std::string_view> find(std::string_view name) const;
  void add(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }
};

struct HttpQueryValue {
  std::string name;
  std::string value;
};

/// The first part of a request, before its body: what decides whether the body is read at all.
struct HttpRequestHead {
  std::string method;                 ///< As sent: `GET`.
  std::string path;                   ///< As sent, without the query.
  std::vector<std::string> segments;  ///< Of the path, percent-decoded, valid UTF-8.
  std::vector<HttpQueryValue> query;  ///< Percent-decoded, valid UTF-8, in the order sent.
  HttpHeaders headers;
  std::string client_address;  ///< Without port. Behind a proxy that is trusted: what the proxy says.
  bool is_secure = false;      ///< TLS, here or at the trusted proxy.
  std::string request_id;      ///< 16 hex digits; made by the server, never taken from outside.
};

/// Takes the body of a request in pieces while it arrives, so that it is never in memory as a whole. Called and
/// destroyed by workers: by one at a time, not always by the same.
class HttpBodySink {
 public:
  HttpBodySink() = default;
  HttpBodySink(const HttpBodySink&) = delete;
  HttpBodySink& operator=(const HttpBodySink&) = delete;
  virtual ~HttpBodySink() = default;
  /// False: the rest is not wanted. The request is answered at once, and the connection ends.
  virtual bool take(std::string_view piece) = 0;
};

struct ServerRequest : HttpRequestHead {
  std::string body;
  std::shared_ptr<HttpBodySink> sink = {};  ///< Where the body went, in place of `body`.
};

/// A body that is made while it is sent. Called and destroyed by workers: by one at a time, not always by the same.
class HttpBodySource {
 public:
  enum class State {
    kMore,  ///< `chunk` holds bytes; call again.
    kWait,  ///< Nothing now; call again after a pause (server-sent events).
    kEnd,   ///< `chunk` may hold the last bytes.
  };

  HttpBodySource() = default;
  HttpBodySource(const HttpBodySource&) = delete;
  HttpBodySource& operator=(const HttpBodySource&) = delete;
  virtual ~HttpBodySource() = default;
  /// Replaces `chunk`. An error cuts the connection, so that the client sees that the body is not whole.
  virtual Result<State> next(std::string& chunk) = 0;
};

struct ServerResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::unique_ptr<HttpBodySource> source;  ///< Instead of `body`.
};

/// What the server does with the body of a request.
struct HttpAdmission {
  std::int64_t body_bytes_max = 0;
  /// Answered at once, without reading the body, and the connection is closed if there was one.
  std::optional<ServerResponse> refusal = {};
  bool in_pieces = false;  ///< The body goes where `HttpHandler::receive` says.
};

/// Why the server itself refuses a request: it asks the handler for the words.
struct HttpFault {
  int status = 400;
  ErrorId id = ErrorId::kRequestMalformed;
  std::string why;
  std::optional<std::chrono::seconds> retry_after = {};
};

/// Answers requests. All calls may come from several threads at once.
class HttpHandler {
 public:
  HttpHandler() = default;
  HttpHandler(const HttpHandler&) = delete;
  HttpHandler& operator=(const HttpHandler&) = delete;
  virtual ~HttpHandler() = default;

  /// Called on an I/O thread: must neither wait nor read from disk.
  virtual HttpAdmission admit(const HttpRequestHead& head) = 0;
  /// Whose request it is: lines take turns, and have `HttpServerOptions::workers_of_line` at once. As `admit`.
  virtual std::string line_of(const HttpRequestHead& head) const { return head.client_address; }
  /// Called on a worker thread before a body that comes in pieces is read: where it goes. Null: it is not read, and the
  /// request is answered without it.
  virtual std::shared_ptr<HttpBodySink> receive(const HttpRequestHead& /*head*/, const Cancel& /*cancel*/) {
    return nullptr;
  }
  /// Called on a worker thread. `cancel` is requested when the client has gone or the server stops.
  virtual ServerResponse answer(const ServerRequest& request, const Cancel& cancel) = 0;
  /// The answer to what the server refuses. Of a request that could not be
  /// read, `head` has the id and the client's address only. Called on an I/O thread.
  virtual ServerResponse fault(const HttpFault& fault, const HttpRequestHead& head) = 0;
  /// Hears of each request that was answered, whole or not, e.g. for a log and metrics: `bytes` of the body were sent.
  /// Called on an I/O thread.
  virtual void answered(const HttpRequestHead& head, int status, std::int64_t bytes,
                        std::chrono::microseconds took) = 0;
};

}  // namespace apportion
