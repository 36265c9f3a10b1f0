/// Serves the page beside what another handler answers: its files, and its first document at every address that nothing
/// else knows, since the page itself reads the address.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "serve/http/http_exchange.h"
#include "serve/page/page_files.h"

namespace apportion {

/// What the first document has where the nonce of its styles belongs.
inline constexpr std::string_view kNoncePlace = "APPORTION_STYLE_NONCE";

/// Thread-safe.
class PageHandler final : public HttpHandler {
 public:
  /// `next` must outlive it. Without files, addresses of the page say how to get it. `nonce` is called for each load of
  /// the page, by any thread.
  PageHandler(HttpHandler& next, PageFiles files, std::function<std::string()> nonce);

  HttpAdmission admit(const HttpRequestHead& head) override;
  std::string line_of(const HttpRequestHead& head) const override;
  std::shared_ptr<HttpBodySink> receive(const HttpRequestHead& head, const Cancel& cancel) override;
  ServerResponse answer(const ServerRequest& request, const Cancel& cancel) override;
  ServerResponse fault(const HttpFault& fault, const HttpRequestHead& head) override;
  void answered(const HttpRequestHead& head, int status, std::int64_t bytes, std::chrono::microseconds took) override;

 private:
  // Nothing if the request is not for the page.
  std::optional<ServerResponse> page_answer(const HttpRequestHead& head) const;
  ServerResponse document_answer() const;

  HttpHandler& next_;
  PageFiles files_;
  std::function<std::string()> nonce_;
};

/// 128 random bits in base64.
std::string random_nonce();

}  // namespace apportion
