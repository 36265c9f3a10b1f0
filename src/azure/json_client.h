/// JsonClient: one service of Azure as JSON calls.
///
/// Signs in to it, sends, reads the answer, and turns Azure's errors into ours with Azure's code and request id. As
/// thread-safe as its parts.
#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "azure/http.h"
#include "azure/token.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct JsonAnswer {  // NOLINT(bugprone-exception-escape): moving a JSON value throws nothing
  int status = 0;
  nlohmann::json body;  ///< null if there was none.
  HttpResponse response;
};

struct JsonCall {
  std::string method = "GET";
  std::string url;           ///< Whole, encoded.
  nlohmann::json body = {};  ///< null: none.
  std::string doing;         ///< For messages: `list the exports`. What failed is "could not " + this.
  bool may_repeat = true;    ///< As in HttpRequest.
  /// Numbers with a fraction are returned as text: amounts must not pass through a binary fraction.
  bool exact_numbers = false;
};

class JsonClient {
 public:
  /// `transport` and `tokens` must outlive the client. `token`: for whom, and for which service.
  JsonClient(HttpTransport& transport, TokenSource& tokens, TokenRequest token, Cancel cancel);

  /// One call. An unsuccessful answer is an Error: see `azure_error.h`.
  Result<JsonAnswer> send(const JsonCall& call);

  const Cancel& cancel() const { return cancel_; }

 private:
  Result<HttpResponse> send_signed_in(const HttpRequest& request);

  HttpTransport* transport_;
  TokenSource* tokens_;
  TokenRequest token_;
  Cancel cancel_;
};

/// How long to wait before a long operation is looked at again: the answer's Retry-After, an hour at most.
std::chrono::seconds pause_before_next_look(const HttpResponse& response);

/// The error for an answer that is not what the call is answered with.
Error unexpected_answer(const std::string& doing, const std::string& url, std::string why);

/// The error for a link in an answer that leads to another host. `by`: `the link to the next page`.
Error led_elsewhere(const std::string& doing, const std::string& url, std::string_view by);

}  // namespace apportion
