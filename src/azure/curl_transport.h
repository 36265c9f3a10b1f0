/// CurlTransport: HTTP/1.1 over libcurl, to the network.
///
/// TLS 1.2 or newer with certificates checked; plain http to this machine and to the link-local addresses of Azure's
/// identity endpoints only. Those two are reached directly, everything else through the proxy that `HTTPS_PROXY`,
/// `ALL_PROXY` and `NO_PROXY` name. Follows no redirects, sends and receives bodies unchanged. Connections are kept and
/// reused. Thread-safe: each call runs on its caller's thread, with a connection of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "azure/http.h"

namespace apportion {

struct CurlOptions {
  std::filesystem::path ca_file{};  ///< PEM file of certificates to trust, in addition to the system's.
  std::string user_agent = "apportion";
  std::chrono::milliseconds connect_time_max = std::chrono::seconds(20);
  std::size_t idle_connections_max = 64;
};

/// With the CA file that `APPORTION_CA_FILE` or `SSL_CERT_FILE` names.
CurlOptions curl_options_of_environment(const std::function<std::optional<std::string>(const char*)>& variable);

class CurlTransport : public HttpTransport {
 public:
  explicit CurlTransport(CurlOptions options);
  ~CurlTransport() override;  // no call may be running

  /// A cancel ends it within a tenth of a second, even while it connects or waits.
  Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel) override;

 private:
  class Pool;
  CurlOptions options_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace apportion
