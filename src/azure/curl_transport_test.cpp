#include "azure/curl_transport.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "azure/testing_certificate.h"
#include "foundation/base/check.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What a connection of the server is read from and written to: plain, or TLS.
class Wire {
 public:
  Wire(int socket, SSL_CTX* tls) : socket_(socket) {
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, socket_);
    good_ = SSL_accept(ssl_) == 1;
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() {
    SSL_free(ssl_);
    ::close(socket_);
  }
  bool good() const { return good_; }
  std::string read_some() {
    char buffer[4096];
    const auto count =
        ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
    return count > 0 ? std::string(buffer, static_cast<std::size_t>(count)) : "";
  }
  void write(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto count = ssl_ != nullptr ? SSL_write(ssl_, text.data() + at, static_cast<int>(text.size() - at))
                                         : ::send(socket_, text.data() + at, text.size() - at, MSG_NOSIGNAL);
      if (count <= 0) return;
      at += static_cast<std::size_t>(count);
    }
  }

 private:
  int socket_;
  SSL* ssl_ = nullptr;
  bool good_ = true;
};

struct Reply {
  std::string bytes;
  enum class Then { kGoOn, kClose, kBeSilent } then = Then::kGoOn;
};

// A server on a free port of this machine; answers the requests of each connection with what `answer` says.
class Server {
 public:
  using Answer = std::function<Reply(const std::string& request)>;
  explicit Server(Answer answer, SSL_CTX* tls = nullptr) : answer_(std::move(answer)), tls_(tls) {
    std::signal(SIGPIPE, SIG_IGN);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    APPORTION_CHECK(::bind(listener_, plain, size) == 0 && ::listen(listener_, 16) == 0 &&
                        ::getsockname(listener_, plain, &size) == 0,
                    "a test needs a port");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (std::thread& connection : connections_) connection.join();
  }

  std::string url(const std::string& path = "/", const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connection_count() const { return connection_count_; }

 private:
  void accept_all() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++connection_count_;
      connections_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    Wire wire(socket, tls_);
    std::string waiting;
    while (wire.good()) {
      const std::string request = next_request(wire, waiting);
      if (request.empty()) return;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const Reply reply = answer_(request);
      wire.write(reply.bytes);
      if (reply.then == Reply::Then::kClose) return;
      if (reply.then == Reply::Then::kBeSilent) {
        while (!wire.read_some().empty()) {
        }
        return;
      }
    }
  }

  static std::string next_request(Wire& wire, std::string& waiting) {
    std::size_t head = std::string::npos;
    while ((head = waiting.find("\r\n\r\n")) == std::string::npos) {
      const std::string more = wire.read_some();
      if (more.empty()) return "";
      waiting += more;
    }
    const auto length = waiting.find("Content-Length: ");
    const std::size_t body = length < head ? std::stoul(waiting.substr(length + 16)) : 0;
    while (waiting.size() < head + 4 + body) {
      const std::string more = wire.read_some();
      if (more.empty()) return "";
      waiting += more;
    }
    std::string request = waiting.substr(0, head + 4 + body);
    waiting.erase(0, request.size());
    return request;
  }

  Answer answer_;
  SSL_CTX* tls_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connection_count_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> connections_;  // of the acceptor until it has ended
  std::thread acceptor_;
};

std::string ok_with(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

Server::Answer always(const std::string& bytes, Reply::Then then = Reply::Then::kGoOn) {
  return [=](const std::string&) { return Reply{bytes, then}; };
}

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

TEST(CurlTransport, SendsWhatItIsGivenByteForByte) {
  Server server(always(ok_with("hello", "ETag: \"x\"\r\nEmpty:\r\n")));
  CurlTransport transport({.user_agent = "apportion/1.2.3"});
  HttpRequest request = get(server.url("/a/../b%2fc//d?sig=a%2Bb%3d&x='"));
  request.method = "PUT";
  request.body = std::string("{\0}", 3);
  request.headers = {{"X-Test", "1"}, {"X-Empty", ""}, {"Content-Type", "application/json"}};
  const auto response = transport.send(request, {});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->header("etag"), "\"x\"");
  const std::string sent = server.requests().at(0);
  EXPECT_THAT(sent, StartsWith("PUT /a/../b%2fc//d?sig=a%2Bb%3d&x=' HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nUser-Agent: apportion/1.2.3\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Test: 1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_TRUE(sent.ends_with(std::string("\r\n\r\n{\0}", 7)));
}

TEST(CurlTransport, PostsAlsoWithoutABody) {
  Server server(always(ok_with("")));
  CurlTransport transport({});
  HttpRequest request = get(server.url());
  request.method = "POST";
  request.may_repeat = false;
  ASSERT_TRUE(transport.send(request, {}));
  EXPECT_THAT(server.requests().at(0), StartsWith("POST / HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(server.requests().at(0), ::testing::Not(HasSubstr("Content-Type")));
}

TEST(CurlTransport, UsesAConnectionAgain) {
  Server server(always(ok_with("x")));
  CurlTransport transport({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(transport.send(get(server.url()), {}));
  EXPECT_EQ(server.connection_count(), 1);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(CurlTransport, AHeadHasALengthAndNoBody) {
  Server server(always("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"));
  CurlTransport transport({});
  HttpRequest request = get(server.url());
  request.method = "HEAD";
  const auto response = transport.send(request, {});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->header("content-length"), "99999999999");
}

TEST(CurlTransport, ManyThreadsSendAtOnce) {
  Server server([](const std::string& request) { return Reply{ok_with(request.substr(0, request.find(' ', 4)))}; });
  CurlTransport transport({.idle_connections_max = 2});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 5; ++j) {
        const std::string path = "/" + std::to_string(i * 10 + j);
        const auto response = transport.send(get(server.url(path)), {});
        EXPECT_TRUE(response && response->body == "GET " + path);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server.requests().size(), 40U);
}

TEST(CurlTransport, StreamsGoodAnswersIntoTheSink) {
  const std::string body(300'000, 'x');
  Server server([&](const std::string& request) {
    return Reply{request.starts_with("GET /no") ? "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
                                                : ok_with(body)};
  });
  CurlTransport transport({});
  std::string got;
  HttpRequest request = get(server.url());
  request.sink = [&](std::string_view piece) -> Result<void> {
    got += piece;
    return ok();
  };
  auto response = transport.send(request, {});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(got, body);
  EXPECT_EQ(response->body, "");
  request.url = server.url("/no");
  response = transport.send(request, {});
  EXPECT_EQ(response->body, "no");
  EXPECT_EQ(got.size(), body.size());
  request.url = server.url();
  request.sink = [](std::string_view) -> Result<void> { return Error{ErrorId::kDiskFull, "disk full", "", "", ""}; };
  EXPECT_EQ(transport.send(request, {}).error().what, "disk full");
}

TEST(CurlTransport, RefusesAnswersThatAreTooLarge) {
  struct Case {
    const char* answer;
    std::uint64_t bytes_max;
  };
  const std::string many_headers = "HTTP/1.1 200 OK\r\n" + [] {
    std::string lines;
    for (int i = 0; i < 300; ++i) lines += "X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
    return lines;
  }() + "\r\n";
  for (const Case& test : {
           Case{"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world", 10},
           Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n", 10},
           Case{"HTTP/1.1 200 OK\r\n\r\nhello world", 10},
           Case{many_headers.c_str(), 1 << 20},
       }) {
    Server server(always(test.answer, Reply::Then::kClose));
    CurlTransport transport({});
    HttpRequest request = get(server.url());
    request.answer_bytes_max = test.bytes_max;
    const auto refused = transport.send(request, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().id, ErrorId::kAnswerTooLarge) << refused.error().message();
    std::string got;
    request.sink = [&](std::string_view piece) -> Result<void> {
      got += piece;
      return ok();
    };
    EXPECT_EQ(transport.send(request, {}).error().id, ErrorId::kAnswerTooLarge);
    EXPECT_LE(got.size(), 10U);
  }
}

TEST(CurlTransport, SaysWhenNoWholeAnswerCame) {
  for (const char* bytes : {
           "",
           "HTTP/1.1 200 OK\r\nContent-Le",
           "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n",
       }) {
    Server server(always(bytes, Reply::Then::kClose));
    CurlTransport transport({});
    const auto broken = transport.send(get(server.url()), {});
    ASSERT_FALSE(broken) << bytes;
    EXPECT_EQ(broken.error().kind(), ErrorKind::kUnreachable) << broken.error().message();
  }
}

TEST(CurlTransport, SaysWhenNobodyIsThere) {
  std::string url;
  {
    Server server(always(""));
    url = server.url("/x?sig=secret");
  }
  CurlTransport transport({});
  const auto nobody = transport.send(get(url), {});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().id, ErrorId::kConnectFailed);
  EXPECT_THAT(nobody.error().message(), ::testing::Not(HasSubstr("secret")));
}

TEST(CurlTransport, GivesUpOnASilentServer) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello"}) {
    Server server(always(bytes, Reply::Then::kBeSilent));
    CurlTransport transport({});
    HttpRequest request = get(server.url());
    request.stall_time_max = milliseconds(100);
    const auto silent = transport.send(request, {});
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().id, ErrorId::kNoAnswer);
    EXPECT_THAT(silent.error().why, HasSubstr("silent for 100 ms"));
  }
}

TEST(CurlTransport, HearsACancelWhileItWaits) {
  const Cancel cancel;
  Server server([&](const std::string&) {
    cancel.request();
    return Reply{"", Reply::Then::kBeSilent};
  });
  CurlTransport transport({});
  const auto interrupted = transport.send(get(server.url()), cancel);
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().id, ErrorId::kInterrupted);
  EXPECT_FALSE(transport.send(get(server.url()), cancel));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlTransport, FollowsNoRedirect) {
  struct Case {
    const char* location;
    bool refused;
  };
  for (const Case& test : {Case{"https://evil.example/", true}, Case{"//evil.example/", true},
                           Case{"http://127.0.0.1:1/", true}, Case{"/else", false}, Case{"", false}}) {
    Server server(
        always(std::string("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ") + test.location + "\r\n\r\n"));
    CurlTransport transport({});
    const auto answer = transport.send(get(server.url()), {});
    EXPECT_EQ(server.requests().size(), 1U);
    ASSERT_EQ(!answer, test.refused) << test.location;
    if (test.refused) {
      EXPECT_EQ(answer.error().id, ErrorId::kRedirectToOtherHost);
    } else {
      EXPECT_EQ(answer->status, 302);
    }
  }
}

TEST(CurlTransport, RefusesWhatWouldLeak) {
  CurlTransport transport({});
  for (const char* url : {"http://example.invalid/", "http://10.0.0.1/", "file:///etc/passwd", "https://u:p@h/", "x"}) {
    const auto refused = transport.send(get(url), {});
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().id, ErrorId::kRequestNotSent) << refused.error().message();
  }
  Server server(always(ok_with("")));
  HttpRequest request = get(server.url());
  request.headers = {{"X-Secret", "a\r\nHost: evil"}};
  const auto refused = transport.send(request, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), ::testing::Not(HasSubstr("evil")));
  EXPECT_TRUE(server.requests().empty());
}

TEST(CurlTransport, TrustsOnlyCertificatesOfItsFile) {
  const TestCertificate made = make_test_certificate(3600);
  const TestFolder folder;
  std::ofstream(folder / "ca.pem") << made.certificate_pem;
  std::ofstream(folder / "key.pem") << made.key_pem;
  std::ofstream(folder / "other.pem") << make_test_certificate(3600).certificate_pem;
  SSL_CTX* tls = SSL_CTX_new(TLS_server_method());
  ASSERT_EQ(SSL_CTX_use_certificate_file(tls, (folder / "ca.pem").c_str(), SSL_FILETYPE_PEM), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey_file(tls, (folder / "key.pem").c_str(), SSL_FILETYPE_PEM), 1);
  {
    Server server(always(ok_with("safe")), tls);
    const auto send = [&](const std::string& ca_file, const std::string& url) {
      CurlTransport transport({.ca_file = ca_file});
      return transport.send(get(url), {});
    };
    const std::string url = server.url("/", "https");
    const auto trusted = send(folder / "ca.pem", url);
    ASSERT_TRUE(trusted) << trusted.error().message();
    EXPECT_EQ(trusted->body, "safe");
    EXPECT_EQ(send(folder / "other.pem", url).error().id, ErrorId::kCertificateUntrusted);
    EXPECT_EQ(send("", url).error().id, ErrorId::kCertificateUntrusted);
    EXPECT_EQ(send(folder / "missing.pem", url).error().id, ErrorId::kCaFileUnreadable);
    std::string other_name = url;
    other_name.replace(other_name.find("127.0.0.1"), 9, "localhost");
    EXPECT_EQ(send(folder / "ca.pem", other_name).error().id, ErrorId::kCertificateUntrusted);
    EXPECT_EQ(server.requests().size(), 1U);
  }
  SSL_CTX_free(tls);
}

TEST(CurlTransport, GoesThroughTheProxyButNotToThisMachine) {
  Server proxy(always("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"));
  Server near(always(ok_with("near")));
  for (const char* name : {"https_proxy", "http_proxy", "all_proxy"}) ::setenv(name, proxy.url("").c_str(), 1);
  for (const char* name : {"no_proxy", "NO_PROXY"}) ::unsetenv(name);
  CurlTransport transport({});
  const auto refused = transport.send(get("https://example.invalid/x?sig=secret"), {});
  const auto direct = transport.send(get(near.url()), {});
  for (const char* name : {"https_proxy", "http_proxy", "all_proxy"}) ::unsetenv(name);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kAnswerRefused) << refused.error().message();
  EXPECT_THAT(refused.error().message(), HasSubstr("407"));
  ASSERT_TRUE(direct) << direct.error().message();
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_THAT(proxy.requests().at(0), StartsWith("CONNECT example.invalid:443 HTTP/1.1\r\n"));
}

TEST(CurlTransport, TakesTheCertificatesThatTheEnvironmentNames) {
  EXPECT_EQ(curl_options_of_environment([](const char* name) { return std::optional<std::string>(name); }).ca_file,
            "APPORTION_CA_FILE");
  EXPECT_EQ(curl_options_of_environment([](const char*) { return std::optional<std::string>(); }).ca_file, "");
}

}  // namespace
}  // namespace apportion
