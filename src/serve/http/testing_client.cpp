#include "serve/http/testing_client.h"

#include <array>
#include <cerrno>
#include <charconv>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr int kPatienceMs = 20'000;

SSL* connect_tls(int socket, int version_max) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);  // so that old versions can be offered
  if (version_max != 0) {
    SSL_CTX_set_min_proto_version(context, version_max);
    SSL_CTX_set_max_proto_version(context, version_max);
  }
  SSL* tls = SSL_new(context);
  SSL_CTX_free(context);
  SSL_set_fd(tls, socket);
  if (SSL_connect(tls) == 1) return tls;
  SSL_free(tls);
  return nullptr;
}

std::size_t number_of(std::string_view text, int base) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

}  // namespace

TestClient::TestClient(std::uint16_t port, Tls tls, int tls_version_max) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{kPatienceMs / 1000, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close();
  } else if (tls == Tls::kYes) {
    tls_ = connect_tls(socket_, tls_version_max);
    if (tls_ == nullptr) close();
  }
}

TestClient::~TestClient() { close(); }

void TestClient::close() {
  if (tls_ != nullptr) SSL_free(std::exchange(tls_, nullptr));
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

std::string TestClient::server_name() const {
  X509* certificate = SSL_get1_peer_certificate(tls_);
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
  X509_free(certificate);
  return name.data();
}

void TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has closed: what it said is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool TestClient::receive_some() {
  std::array<char, 65536> buffer{};
  const auto count =
      tls_ != nullptr ? SSL_read(tls_, buffer.data(), buffer.size()) : ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (count < 0) APPORTION_CHECK(errno != EAGAIN, "the server says something, or closes the connection");
  if (count <= 0) return false;
  rest_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> TestClient::take_line() {
  std::size_t end = 0;
  while ((end = rest_.find("\r\n")) == std::string::npos) {
    if (!receive_some()) return std::nullopt;
  }
  std::string line = rest_.substr(0, end);
  rest_.erase(0, end + 2);
  return line;
}

std::optional<std::string> TestClient::take_bytes(std::size_t count) {
  while (rest_.size() < count) {
    if (!receive_some()) return std::nullopt;
  }
  std::string bytes = rest_.substr(0, count);
  rest_.erase(0, count);
  return bytes;
}

TestAnswer TestClient::receive(bool has_no_body) {
  TestAnswer answer;
  const auto status_line = take_line();
  if (!status_line) return answer;
  while (auto line = take_line()) {
    if (line->empty()) break;
    const std::size_t colon = line->find(':');
    answer.headers.add(line->substr(0, colon), std::string(trim(std::string_view(*line).substr(colon + 1))));
  }
  answer.status = static_cast<int>(number_of(std::string_view(*status_line).substr(9, 3), 10));
  if (has_no_body || answer.status < 200 || answer.status == 204 || answer.status == 304) {
    answer.is_whole = true;
  } else if (answer.header("transfer-encoding") == "chunked") {
    receive_chunks(answer);
  } else if (answer.headers.find("content-length")) {
    const auto body = take_bytes(number_of(answer.header("content-length"), 10));
    answer.is_whole = body.has_value();
    answer.body = body.value_or(rest_);
  } else {
    answer.body = receive_all();
  }
  return answer;
}

void TestClient::receive_chunks(TestAnswer& answer) {
  while (const auto size = take_line()) {
    const std::size_t bytes = number_of(*size, 16);
    const auto chunk = take_bytes(bytes + 2);
    if (!chunk) return;
    answer.body += chunk->substr(0, bytes);
    if (bytes > 0) continue;
    answer.is_whole = true;
    return;
  }
}

std::string TestClient::receive_all() {
  while (receive_some()) {
  }
  return std::exchange(rest_, "");
}

bool TestClient::has_news() const {
  pollfd poll_for{socket_, POLLIN, 0};
  return poll(&poll_for, 1, 0) > 0;
}

}  // namespace apportion
