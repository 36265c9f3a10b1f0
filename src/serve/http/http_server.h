/// An HTTP/1.1 server: sockets, TLS, limits, threads. What it serves is an HttpHandler's.
///
/// A few I/O threads hold all connections; requests are answered by a bounded pool of workers. Slow or idle clients
/// cost a socket and a timer, never a thread. ADR 0037.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

struct HttpTlsFiles {
  std::filesystem::path certificate;  ///< PEM, with its chain.
  std::filesystem::path key;          ///< PEM, without a password.
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8484;  ///< 0: one that is free.
  std::optional<HttpTlsFiles> tls;
  /// Take client address and scheme from `X-Forwarded-For` and `X-Forwarded-Proto`, if the peer is on loopback or on a
  /// private network.
  bool behind_proxy = false;
  /// Further host names that `Host` may name, beside the loopback's and the address. Compared without the port. Behind
  /// a proxy and without names, requests of the proxy may name any host.
  std::vector<std::string> host_names = {};

  std::optional<Clock> clock = {};  ///< For the header `Date`, which is left out without one.

  int io_threads = 2;
  int workers = 4;
  int workers_of_line = 0;  ///< At once for those whom the handler puts into one line; 0: all.
  int queue_max = 256;      ///< Requests that wait for a worker; beyond: 503 with Retry-After.
  int connections_max = 2000;
  int connections_per_address_max = 600;  ///< Not for the addresses of a trusted proxy.
  std::int64_t header_bytes_max = 16 * 1024;
  std::chrono::milliseconds header_deadline = std::chrono::seconds(5);
  std::chrono::milliseconds body_deadline = std::chrono::seconds(60);
  std::chrono::milliseconds idle_deadline = std::chrono::seconds(60);
  std::chrono::milliseconds write_deadline = std::chrono::seconds(30);    ///< Without progress.
  std::chrono::milliseconds wait_pause = std::chrono::milliseconds(500);  ///< Of HttpBodySource::State::kWait.
  std::chrono::milliseconds stop_grace = std::chrono::seconds(10);        ///< For requests that are being answered.
};

/// How busy a server is: for metrics.
struct HttpServerLoad {
  int connections = 0;                   ///< Open now.
  std::int64_t refused_connections = 0;  ///< Since it started, because of the caps.
  int waiting_requests = 0;              ///< For a worker, now.
  std::int64_t refused_requests = 0;     ///< Since it started, because too many were waiting.
};

class HttpServer {
 public:
  /// Listens at once; requests are answered from then on. The handler must outlive the server. Errors:
  /// kAddressNotProtected (not loopback, neither TLS nor proxy), kPortTaken, kTlsFilesInvalid, kSettingValueInvalid
  /// (not an address of this machine, or a port that this user may not open), kThreadsRefused.
  static Result<HttpServer> start(HttpServerOptions options, HttpHandler& handler);
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  /// As `stop`.
  ~HttpServer();

  std::uint16_t port() const;
  /// Reads the certificate's files again, for connections from now on. Error: kTlsFilesInvalid; then the certificate
  /// in use stays.
  Result<void> reload_tls();
  HttpServerLoad load() const;
  /// No new connections; requests that are being answered may end, for as long as the grace lasts, bodies that wait for
  /// news (HttpBodySource::State::kWait) are cut at once. Then what is left is cancelled and cut. Returns when all
  /// threads have ended, so after the last call of the handler.
  void stop();

 private:
  class State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace apportion
