/// For tests: a client that sends bytes as they are, and keeps what comes back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/types.h>

#include "serve/http/http_exchange.h"

namespace apportion {

/// An answer as it was received.
struct TestAnswer {
  int status = 0;  ///< 0: the connection ended before an answer was there.
  HttpHeaders headers;
  std::string body;       ///< Without the frames of chunks.
  bool is_whole = false;  ///< It had the length that was announced, or the end of its chunks.

  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
};

/// A connection to a server on the loopback. Waiting for a server that says nothing fails after some seconds.
class TestClient {
 public:
  enum class Tls { kNo, kYes };

  explicit TestClient(std::uint16_t port, Tls tls = Tls::kNo, int tls_version_max = 0);
  ~TestClient();
  TestClient(TestClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        tls_(std::exchange(other.tls_, nullptr)),
        rest_(std::move(other.rest_)) {}
  TestClient& operator=(TestClient&&) = delete;

  bool is_connected() const { return socket_ >= 0; }
  /// Of the certificate that the server showed.
  std::string server_name() const;
  void send(std::string_view bytes);
  /// The next answer; `has_no_body` for what answers HEAD.
  TestAnswer receive(bool has_no_body = false);
  TestAnswer ask(std::string_view request) {
    send(request);
    return receive();
  }
  /// Everything until the end of the connection.
  std::string receive_all();
  /// Whether the server has closed the connection, or sent something, by now.
  bool has_news() const;
  void close();

 private:
  bool receive_some();
  std::optional<std::string> take_line();
  std::optional<std::string> take_bytes(std::size_t count);
  void receive_chunks(TestAnswer& answer);

  int socket_ = -1;
  SSL* tls_ = nullptr;
  std::string rest_;  // received, and not yet part of an answer
};

}  // namespace apportion
