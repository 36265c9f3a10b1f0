#include "serve/http/http_server.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "foundation/base/test_support.h"
#include "serve/http/testing_client.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using State = HttpBodySource::State;

constexpr auto kLong = seconds(60);  // what a test must never wait for
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

ServerResponse text_response(std::string body, int status = 200) {
  ServerResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::move(body);
  return response;
}

/// Answers by functions that the test sets before the server starts; keeps what it hears.
class TestHandler final : public HttpHandler {
 public:
  std::function<HttpAdmission(const HttpRequestHead&)> on_admit = [](const HttpRequestHead&) {
    return HttpAdmission{1024, std::nullopt};
  };
  std::function<ServerResponse(const ServerRequest&, const Cancel&)> on_answer = [](const ServerRequest& request,
                                                                                    const Cancel&) {
    return text_response(request.method + " " + request.path + " " + request.body);
  };

  std::function<std::shared_ptr<HttpBodySink>(const HttpRequestHead&)> on_receive =
      [](const HttpRequestHead&) -> std::shared_ptr<HttpBodySink> { return nullptr; };

  HttpAdmission admit(const HttpRequestHead& head) override { return on_admit(head); }
  std::shared_ptr<HttpBodySink> receive(const HttpRequestHead& head, const Cancel&) override {
    return on_receive(head);
  }
  ServerResponse answer(const ServerRequest& request, const Cancel& cancel) override {
    return on_answer(request, cancel);
  }
  ServerResponse fault(const HttpFault& fault, const HttpRequestHead& head) override {
    const std::string place = head.path.empty() ? "" : " at " + head.path;
    return text_response(fmt::format("{}: {}{}", error_definition(fault.id).name, fault.why, place), fault.status);
  }
  void answered(const HttpRequestHead& head, int status, std::int64_t bytes, std::chrono::microseconds) override {
    const std::lock_guard lock(mutex_);
    answered_.push_back(fmt::format("{} {} {} {}", head.method, head.path, status, bytes));
    ids_.push_back(head.request_id);
  }
  std::vector<std::string> answered_requests() const {
    const std::lock_guard lock(mutex_);
    return answered_;
  }
  std::vector<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> answered_;
  std::vector<std::string> ids_;
};

HttpServerOptions options_for_test() {
  HttpServerOptions options;
  options.port = 0;
  options.header_deadline = kLong;
  options.wait_pause = milliseconds(5);
  return options;
}

HttpServer started(HttpServerOptions options, HttpHandler& handler) {
  auto server = HttpServer::start(std::move(options), handler);
  EXPECT_TRUE(server) << server.error().message();
  return std::move(*server);
}

/// A source of the states that a test lists; then it goes on with the last one.
class TestSource final : public HttpBodySource {
 public:
  using Next = std::function<Result<State>(std::string&)>;
  explicit TestSource(Next next, std::promise<void>* ended = nullptr) : next_(std::move(next)), ended_(ended) {}
  ~TestSource() override {
    if (ended_ != nullptr) ended_->set_value();
  }
  Result<State> next(std::string& chunk) override { return next_(chunk); }

 private:
  Next next_;
  std::promise<void>* ended_;
};

ServerResponse source_response(TestSource::Next next, std::promise<void>* ended = nullptr) {
  ServerResponse response;
  response.source = std::make_unique<TestSource>(std::move(next), ended);
  return response;
}

/// Keeps what it takes, as long as it wants more.
class TestSink final : public HttpBodySink {
 public:
  explicit TestSink(std::size_t wanted = SIZE_MAX, std::promise<void>* ended = nullptr)
      : wanted_(wanted), ended_(ended) {}
  ~TestSink() override {
    if (ended_ != nullptr) ended_->set_value();
  }
  bool take(std::string_view piece) override {
    ++pieces;
    largest = std::max(largest, piece.size());
    body += piece;
    return body.size() < wanted_;
  }

  int pieces = 0;
  std::size_t largest = 0;
  std::string body;

 private:
  std::size_t wanted_;
  std::promise<void>* ended_;
};

/// A handler that takes bodies of up to `bytes_max` in pieces, and answers how much there was.
void take_in_pieces(TestHandler& handler, std::int64_t bytes_max, std::size_t wanted = SIZE_MAX,
                    std::promise<void>* ended = nullptr) {
  handler.on_admit = [bytes_max](const HttpRequestHead&) { return HttpAdmission{bytes_max, std::nullopt, true}; };
  handler.on_receive = [wanted, ended](const HttpRequestHead& head) -> std::shared_ptr<HttpBodySink> {
    if (head.path == "/not") return nullptr;
    return std::make_shared<TestSink>(wanted, ended);
  };
  handler.on_answer = [](const ServerRequest& request, const Cancel&) {
    const auto* sink = dynamic_cast<TestSink*>(request.sink.get());
    return text_response(sink == nullptr ? "nothing" : fmt::format("{} in {}", sink->body.size(), sink->pieces));
  };
}

std::string post(std::string_view target, std::size_t length) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", target, length);
}

std::string get(std::string_view target, std::string_view headers = "Host: localhost\r\n") {
  return fmt::format("GET {} HTTP/1.1\r\n{}\r\n", target, headers);
}

TEST(HttpServer, AnswersWithLengthIdAndDateAndWithoutItsName) {
  TestHandler handler;
  auto options = options_for_test();
  options.clock = Clock::fixed(*Day::parse("2026-11-25"));
  auto server = started(std::move(options), handler);
  TestClient client(server.port());
  const TestAnswer answer = client.ask(get("/a/b?x=1"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a/b ");
  EXPECT_EQ(answer.header("content-length"), "9");
  EXPECT_EQ(answer.header("date"), "Wed, 25 Nov 2026 12:00:00 GMT");
  EXPECT_THAT(answer.header("x-request-id"), ::testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_FALSE(answer.headers.find("server"));
  server.stop();
  EXPECT_THAT(handler.answered_requests(), ElementsAre("GET /a/b 200 9"));
  EXPECT_THAT(handler.ids(), ElementsAre(answer.header("x-request-id")));
}

TEST(HttpServer, HandsOverPartsOfTheRequest) {
  TestHandler handler;
  ServerRequest seen;
  handler.on_answer = [&](const ServerRequest& request, const Cancel&) {
    seen = request;
    return text_response("");
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  client.ask(
      get("/a%20b/%C3%A4/?q=1+2&q=%26&empty", "Host: LOCALHOST:80\r\nX-One: two\r\nX-Forwarded-For: 9.9.9.9\r\n"));
  EXPECT_EQ(seen.path, "/a%20b/%C3%A4/");
  EXPECT_THAT(seen.segments, ElementsAre("a b", "ä", ""));
  ASSERT_EQ(seen.query.size(), 3U);
  EXPECT_EQ(seen.query[0].value, "1 2");
  EXPECT_EQ(seen.query[1].value, "&");
  EXPECT_EQ(seen.query[2].name, "empty");
  EXPECT_EQ(seen.headers.find("x-one"), "two");
  EXPECT_EQ(seen.client_address, "127.0.0.1") << "nobody may say who they are without a proxy";
  EXPECT_FALSE(seen.is_secure);
}

TEST(HttpServer, KeepsConnectionsAndAnswersInTheOrderOfRequests) {
  TestHandler handler;
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  client.send(get("/1") + get("/2") + "\r\n" + get("/3"));
  EXPECT_EQ(client.receive().body, "GET /1 ");
  EXPECT_EQ(client.receive().body, "GET /2 ");
  EXPECT_EQ(client.receive().body, "GET /3 ");
  const TestAnswer last = client.ask(get("/4", "Host: localhost\r\nConnection: close\r\n"));
  EXPECT_EQ(last.body, "GET /4 ");
  EXPECT_EQ(last.header("connection"), "close");
  EXPECT_EQ(client.receive_all(), "");
}

TEST(HttpServer, LeavesOutBodiesThatMustNotBeThere) {
  TestHandler handler;
  handler.on_answer = [](const ServerRequest& request, const Cancel&) {
    return text_response("twelve bytes", request.path == "/none" ? 204 : request.path == "/same" ? 304 : 200);
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive(true).header("content-length"), "12");
  client.send(get("/none"));
  EXPECT_FALSE(client.receive().headers.find("content-length"));
  EXPECT_EQ(client.ask(get("/same")).status, 304);
  EXPECT_EQ(client.ask(get("/")).body, "twelve bytes");
}

TEST(HttpServer, HeadersOfTheHandlerCannotBeginOthers) {
  TestHandler handler;
  handler.on_answer = [](const ServerRequest&, const Cancel&) {
    ServerResponse response = text_response("x");
    response.headers.add("X-Name", "a\r\nSet-Cookie: b");
    response.headers.add("Content-Length", "1000");
    return response;
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  const TestAnswer answer = client.ask(kGet);
  EXPECT_EQ(answer.header("x-name"), "a  Set-Cookie: b");
  EXPECT_FALSE(answer.headers.find("set-cookie"));
  EXPECT_EQ(answer.header("content-length"), "1");
}

TEST(HttpServer, SendsLargeBodies) {
  TestHandler handler;
  const std::string large(5'000'000, 'x');
  handler.on_answer = [&](const ServerRequest&, const Cancel&) { return text_response(large); };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  EXPECT_EQ(client.ask(kGet).body, large);
  EXPECT_EQ(client.ask(kGet).body, large);
}

TEST(HttpServer, TakesBodiesWithLengthAndInChunks) {
  TestHandler handler;
  handler.on_admit = [](const HttpRequestHead&) { return HttpAdmission{1'000'000, std::nullopt}; };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  EXPECT_EQ(client.ask("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc").body, "POST /a abc");
  EXPECT_EQ(client.ask("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").body, "POST /b ");
  client.send("POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  EXPECT_EQ(client.ask("4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n").body, "POST /c abcdefg");
  const std::string large(900'000, 'x');
  const std::string head =
      fmt::format("PUT /d HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", large.size());
  EXPECT_EQ(client.ask(head + large + get("/e")).body, "PUT /d " + large);
  EXPECT_EQ(client.receive().body, "GET /e ");
}

TEST(HttpServer, GivesBodiesToTheirSinkPieceByPiece) {
  TestHandler handler;
  take_in_pieces(handler, 10'000'000);
  std::string sent;
  std::size_t largest = 0;
  handler.on_answer = [&](const ServerRequest& request, const Cancel&) {
    const auto& sink = dynamic_cast<TestSink&>(*request.sink);
    EXPECT_EQ(request.body, "");
    EXPECT_EQ(sink.body, sent);
    largest = std::max(largest, sink.largest);
    return text_response(std::to_string(sink.body.size()));
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  for (std::size_t i = 0; i < 3'000'000; ++i) sent += static_cast<char>('a' + i % 23);
  EXPECT_EQ(client.ask(post("/a", sent.size()) + sent).body, "3000000");
  EXPECT_LT(largest, 1'000'000U) << "never as a whole";
  sent = "abcdefg";
  client.send("POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  EXPECT_EQ(client.ask("4\r\ndefg\r\n0\r\n\r\n").body, "7");
  sent = "";
  EXPECT_EQ(client.ask(post("/e", 0)).body, "0") << "the connection stays";
}

/// Does something while it takes its first piece.
class BusySink final : public HttpBodySink {
 public:
  explicit BusySink(std::function<void()> at_first) : at_first_(std::move(at_first)) {}
  bool take(std::string_view piece) override {
    if (bytes == 0) at_first_();
    bytes += piece.size();
    return true;
  }
  std::size_t bytes = 0;

 private:
  std::function<void()> at_first_;
};

TEST(HttpServer, TheEndOfABodyMayArriveWhileTheSinkIsBusy) {
  TestHandler handler;
  take_in_pieces(handler, 10'000'000);
  constexpr std::size_t kPiece = 256 * 1024;  // as much as a sink gets at once
  const std::string end(1000, 'y');
  std::optional<TestClient> client;
  handler.on_receive = [&](const HttpRequestHead&) {
    return std::make_shared<BusySink>([&] {
      client->send(end);
      std::this_thread::sleep_for(milliseconds(50));  // so that the server reads it meanwhile
    });
  };
  handler.on_answer = [](const ServerRequest& request, const Cancel&) {
    return text_response(std::to_string(dynamic_cast<BusySink&>(*request.sink).bytes));
  };
  auto server = started(options_for_test(), handler);
  client.emplace(server.port());
  EXPECT_EQ(client->ask(post("/a", kPiece + end.size()) + std::string(kPiece, 'x')).body,
            std::to_string(kPiece + end.size()));
}

TEST(HttpServer, DoesNotReadABodyWithoutASink) {
  TestHandler handler;
  take_in_pieces(handler, 10'000'000);
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  const TestAnswer answer = client.ask(post("/not", 1'000'000));
  EXPECT_EQ(answer.body, "nothing");
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST(HttpServer, ASinkMayHaveEnough) {
  TestHandler handler;
  take_in_pieces(handler, 10'000'000, 500'000);
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  const std::string part(900'000, 'x');
  const TestAnswer answer = client.ask(post("/", 9'000'000) + part);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, ::testing::MatchesRegex("[5-9][0-9]+ in [0-9]+"));
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST(HttpServer, BodiesInPiecesHaveLimitsToo) {
  TestHandler handler;
  take_in_pieces(handler, 1'000'000);
  auto options = options_for_test();
  options.body_deadline = milliseconds(100);
  auto server = started(std::move(options), handler);
  EXPECT_EQ(TestClient(server.port()).ask(post("/", 1'000'001)).status, 413);
  TestClient chunked(server.port());
  const std::string large(1'100'000, 'x');
  chunked.send("POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(chunked.ask(fmt::format("{:x}\r\n", large.size()) + large).status, 413);
  TestClient slow(server.port());
  EXPECT_EQ(slow.ask(post("/", 10) + "abc").status, 408);
}

TEST(HttpServer, ASinkWhoseClientHasGoneEndsUnanswered) {
  TestHandler handler;
  std::promise<void> ended;
  take_in_pieces(handler, 10'000'000, SIZE_MAX, &ended);
  auto server = started(options_for_test(), handler);
  {
    TestClient client(server.port());
    client.send(post("/", 1'000'000) + std::string(600'000, 'x'));
  }
  EXPECT_EQ(ended.get_future().wait_for(kLong), std::future_status::ready);
  server.stop();
  EXPECT_THAT(handler.answered_requests(), IsEmpty());
}

TEST(HttpServer, AsksForBodiesAfterAdmission) {
  TestHandler handler;
  handler.on_admit = [](const HttpRequestHead& head) {
    HttpAdmission admission{10, std::nullopt};
    if (head.path == "/no") admission.refusal = text_response("no", 403);
    return admission;
  };
  auto server = started(options_for_test(), handler);
  const auto post = [](std::string_view target, int length) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
                       target, length);
  };
  TestClient taken(server.port());
  EXPECT_EQ(taken.ask(post("/", 3)).status, 100);
  EXPECT_EQ(taken.ask("abc").body, "POST / abc");
  TestClient refused(server.port());
  const TestAnswer refusal = refused.ask(post("/no", 3));
  EXPECT_EQ(refusal.status, 403);
  EXPECT_EQ(refusal.header("connection"), "close");
  EXPECT_EQ(refused.receive_all(), "");
  TestClient too_large(server.port());
  EXPECT_EQ(too_large.ask(post("/", 11)).status, 413);
  TestClient without_body(server.port());
  EXPECT_EQ(without_body.ask(get("/no")).status, 403);
  EXPECT_EQ(without_body.ask(get("/yes")).status, 200) << "nothing is unread, so the connection stays";
}

TEST(HttpServer, RefusesBodiesThatAreTooLarge) {
  TestHandler handler;
  handler.on_admit = [](const HttpRequestHead&) { return HttpAdmission{10, std::nullopt}; };
  auto server = started(options_for_test(), handler);
  for (const std::string_view body :
       {"Content-Length: 11\r\n\r\n", "Content-Length: 11\r\n\r\n12345678901",
        "Transfer-Encoding: chunked\r\n\r\nb\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n6\r\n"}) {
    TestClient client(server.port());
    const TestAnswer answer = client.ask(fmt::format("POST / HTTP/1.1\r\nHost: localhost\r\n{}", body));
    EXPECT_EQ(answer.status, 413) << body;
    EXPECT_THAT(answer.body, HasSubstr("body-too-large")) << body;
    EXPECT_EQ(answer.header("connection"), "close") << body;
    EXPECT_EQ(client.receive_all(), "") << body;
  }
}

TEST(HttpServer, RefusesHeadersThatAreTooLarge) {
  TestHandler handler;
  auto server = started(options_for_test(), handler);
  const std::string start = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
  TestClient fits(server.port());
  EXPECT_EQ(fits.ask(start + std::string(16 * 1024 - start.size() - 4, 'x') + "\r\n\r\n").status, 200);
  TestClient is_larger(server.port());
  EXPECT_EQ(is_larger.ask(start + std::string(16 * 1024, 'x') + "\r\n\r\n").status, 431);
  TestClient never_ends(server.port());
  const TestAnswer answer = never_ends.ask(start + std::string(200'000, 'x'));
  EXPECT_EQ(answer.status, 431);
  EXPECT_THAT(answer.body, HasSubstr("header-too-large"));
}

TEST(HttpServer, RefusesWhatIsNotHttp) {
  TestHandler handler;
  auto server = started(options_for_test(), handler);
  const std::vector<std::string> requests = {
      "hello\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x01\r\n\r\n",
      "\x16\x03\x01\x02\r\n\r\n",
      get("/", ""),
      get("/", "Host: localhost\r\nHost: localhost\r\n"),
      get("/", "Host: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
      get("/", "Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
      get("/", "Host: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n"),
      get("/", "Host: localhost\r\nContent-Length: -1\r\n"),
      get("/", "Host: localhost\r\nTransfer-Encoding: gzip\r\n"),
      get("/", "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n"),
      get("/", "Host: localhost\r\nTransfer-Encoding: chunked, identity\r\n"),
      "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      get("/%zz"),
      get("/%00"),
      get("/%ff"),
      get("/?a=%0"),
      get("/?a=%c3"),
      get("/a/../b"),
      get("/a/%2e%2e/b"),
      get("/#here"),
      get("*"),
      get("localhost:80"),
      get("http://example.com/"),
      get("http://user@localhost/"),
      get("/", "Host: localhost/\r\n"),
  };
  for (const std::string& request : requests) {
    TestClient client(server.port());
    const TestAnswer answer = client.ask(request);
    EXPECT_EQ(answer.status, 400) << request;
    EXPECT_THAT(answer.body, HasSubstr("request-malformed")) << request;
    EXPECT_EQ(answer.header("connection"), "close") << request;
  }
}

TEST(HttpServer, TakesTheOtherFormsOfRequests) {
  TestHandler handler;
  auto server = started(options_for_test(), handler);
  TestClient absolute(server.port());
  EXPECT_EQ(absolute.ask(get("http://localhost:1/p?q", "Host: localhost:1\r\n")).body, "GET /p ");
  TestClient old(server.port());
  const TestAnswer answer = old.ask("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.body, "GET /old ");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(old.receive_all(), "");
  TestClient old_that_stays(server.port());
  EXPECT_EQ(old_that_stays.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"), "keep-alive");
  EXPECT_EQ(old_that_stays.ask(kGet).status, 200);
}

TEST(HttpServer, AnswersOnlyToItsOwnNames) {
  TestHandler handler;
  auto options = options_for_test();
  options.host_names = {"Costs.example.com"};
  auto server = started(std::move(options), handler);
  for (const std::string_view host :
       {"localhost", "LocalHost:8484", "127.0.0.1:1", "[::1]:1", "costs.example.com", "costs.example.com.:443"}) {
    TestClient client(server.port());
    EXPECT_EQ(client.ask(get("/", fmt::format("Host: {}\r\n", host))).status, 200) << host;
  }
  for (const std::string_view host : {"example.com", "costs.example.com.evil.org", "127.0.0.2", "[::2]"}) {
    TestClient client(server.port());
    const TestAnswer answer = client.ask(get("/", fmt::format("Host: {}\r\n", host)));
    EXPECT_EQ(answer.status, 421) << host;
    EXPECT_THAT(answer.body, HasSubstr("host-unknown")) << host;
  }
}

TEST(HttpServer, BelievesTheProxyThatItIsBehind) {
  TestHandler handler;
  handler.on_answer = [](const ServerRequest& request, const Cancel&) {
    return text_response(fmt::format("{} {}", request.client_address, request.is_secure ? "secure" : "plain"));
  };
  auto options = options_for_test();
  options.behind_proxy = true;
  options.connections_per_address_max = 0;
  auto server = started(std::move(options), handler);
  TestClient client(server.port());
  const auto asked = [&](std::string_view headers) {
    return client.ask(get("/", fmt::format("Host: any.example.com\r\n{}", headers))).body;
  };
  EXPECT_EQ(asked("X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"), "203.0.113.9 secure");
  EXPECT_EQ(asked("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: [2001:db8::1]:99\r\n"), "2001:db8::1 plain");
  EXPECT_EQ(asked("X-Forwarded-For: 203.0.113.9:4711\r\nX-Forwarded-Proto: http\r\n"), "203.0.113.9 plain");
  EXPECT_EQ(asked("X-Forwarded-For: unknown\r\n"), "127.0.0.1 plain");
}

TEST(HttpServer, ClosesConnectionsThatAreTooSlow) {
  TestHandler handler;
  auto options = options_for_test();
  options.header_deadline = milliseconds(50);
  options.body_deadline = milliseconds(50);
  options.idle_deadline = milliseconds(50);
  auto server = started(std::move(options), handler);
  TestClient says_nothing(server.port());
  TestClient says_half_a_header(server.port());
  TestClient says_half_a_body(server.port());
  TestClient goes_idle(server.port());
  EXPECT_EQ(goes_idle.ask(kGet).status, 200);
  says_half_a_header.send("GET / HT");
  says_half_a_body.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na");
  EXPECT_EQ(says_nothing.receive_all(), "");
  EXPECT_EQ(goes_idle.receive_all(), "");
  const TestAnswer header = says_half_a_header.receive();
  EXPECT_EQ(header.status, 408);
  EXPECT_THAT(header.body, HasSubstr("request-too-slow"));
  EXPECT_EQ(says_half_a_body.receive().status, 408);
}

TEST(HttpServer, SlowClientsDelayNobody) {
  TestHandler handler;
  auto server = started(options_for_test(), handler);
  std::vector<TestClient> slow;
  for (int i = 0; i < 200; ++i) slow.emplace_back(server.port());
  for (const char byte : kGet.substr(0, 10)) {
    for (TestClient& client : slow) client.send(std::string_view(&byte, 1));
    TestClient normal(server.port());
    EXPECT_EQ(normal.ask(kGet).status, 200);
  }
  for (const TestClient& client : slow) EXPECT_FALSE(client.has_news()) << "it is still connected, and unanswered";
  for (TestClient& client : slow) EXPECT_EQ(client.ask(kGet.substr(10)).status, 200);
}

/// Lets a test hold requests in their handler.
class Gate {
 public:
  ServerResponse hold() {
    entered.count_down();
    opened.wait();
    return text_response("held");
  }
  std::latch entered{1};
  std::latch opened{1};
};

/// Waits for what must come; a test that fails waits longest.
bool eventually(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + seconds(20);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

TEST(HttpServer, RefusesRequestsThatWouldWaitTooLong) {
  TestHandler handler;
  Gate gate;
  handler.on_answer = [&](const ServerRequest& request, const Cancel&) {
    return request.path == "/hold" ? gate.hold() : text_response("done");
  };
  auto options = options_for_test();
  options.workers = 1;
  options.queue_max = 1;
  auto server = started(std::move(options), handler);
  TestClient held(server.port());
  held.send(get("/hold"));
  gate.entered.wait();
  std::vector<TestClient> others;
  for (int i = 0; i < 3; ++i) others.emplace_back(server.port()).send(kGet);
  const auto refused = [&] { return std::ranges::count_if(others, &TestClient::has_news); };
  ASSERT_TRUE(eventually([&] { return refused() == 2; })) << "one waits, and two are refused";
  for (TestClient& other : others) {
    if (!other.has_news()) continue;
    const TestAnswer answer = other.receive();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("retry-after"), "1");
    EXPECT_THAT(answer.body, HasSubstr("service-busy"));
    EXPECT_EQ(answer.header("connection"), "keep-alive");
  }
  EXPECT_EQ(server.load().waiting_requests, 1);
  EXPECT_EQ(server.load().refused_requests, 2);
  gate.opened.count_down();
  EXPECT_EQ(held.receive().body, "held");
}

TEST(HttpServer, RefusesConnectionsBeyondTheCaps) {
  for (const bool in_all : {true, false}) {
    TestHandler handler;
    auto options = options_for_test();
    (in_all ? options.connections_max : options.connections_per_address_max) = 2;
    auto server = started(std::move(options), handler);
    TestClient first(server.port());
    TestClient second(server.port());
    EXPECT_EQ(first.ask(kGet).status, 200);
    EXPECT_EQ(second.ask(kGet).status, 200);
    TestClient third(server.port());
    const TestAnswer answer = third.ask(kGet);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("retry-after"), "1");
    EXPECT_EQ(third.receive_all(), "");
    EXPECT_EQ(server.load().connections, 2);
    EXPECT_EQ(server.load().refused_connections, 1);
    first.close();
    EXPECT_TRUE(eventually([&] { return TestClient(server.port()).ask(kGet).status == 200; }));
    EXPECT_EQ(second.ask(kGet).status, 200);
  }
}

TEST(HttpServer, StopsWhenRunningRequestsAreAnswered) {
  TestHandler handler;
  Gate gate;
  handler.on_answer = [&](const ServerRequest& request, const Cancel&) {
    return request.path == "/hold" ? gate.hold() : text_response("done");
  };
  auto options = options_for_test();
  options.stop_grace = kLong;
  auto server = started(std::move(options), handler);
  TestClient idle(server.port());
  TestClient dripping(server.port());
  TestClient held(server.port());
  EXPECT_EQ(idle.ask(kGet).status, 200);
  dripping.send("GET /");
  held.send(get("/hold") + get("/later"));
  gate.entered.wait();
  std::thread stops([&] { server.stop(); });
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_EQ(dripping.receive_all(), "");
  EXPECT_TRUE(eventually([&] { return !TestClient(server.port()).is_connected(); }));
  gate.opened.count_down();
  const TestAnswer answer = held.receive();
  EXPECT_EQ(answer.body, "held");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(held.receive_all(), "");
  stops.join();
}

TEST(HttpServer, CancelsWhatRunsLongerThanTheGrace) {
  TestHandler handler;
  std::latch entered(1);
  bool was_cancelled = false;
  handler.on_answer = [&](const ServerRequest&, const Cancel& cancel) {
    entered.count_down();
    was_cancelled = !cancel.wait_for(kLong);
    return text_response("too late");
  };
  auto options = options_for_test();
  options.stop_grace = milliseconds(10);
  options.workers = 1;
  auto server = started(std::move(options), handler);
  TestClient client(server.port());
  TestClient waits(server.port());
  client.send(kGet);
  entered.wait();
  waits.send(kGet);
  server.stop();
  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(waits.receive_all(), "");
}

TEST(HttpServer, TellsTheHandlerThatTheClientHasGone) {
  TestHandler handler;
  std::latch entered(1);
  std::promise<bool> cancelled;
  handler.on_answer = [&](const ServerRequest& request, const Cancel& cancel) {
    if (request.path == "/") return text_response("done");
    entered.count_down();
    cancelled.set_value(!cancel.wait_for(kLong));
    return text_response("too late");
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  EXPECT_EQ(client.ask(kGet).status, 200);
  client.send(get("/hold"));
  entered.wait();
  client.close();
  EXPECT_TRUE(cancelled.get_future().get());
}

/// A source of numbered lines.
TestSource::Next lines(int count) {
  return [count, sent = 0](std::string& chunk) mutable -> Result<State> {
    chunk = sent < count ? fmt::format("line {}\n", ++sent) : "";
    return sent < count ? State::kMore : State::kEnd;
  };
}

TEST(HttpServer, SendsSourcesInChunks) {
  TestHandler handler;
  handler.on_answer = [](const ServerRequest&, const Cancel&) { return source_response(lines(3)); };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    const TestAnswer answer = client.ask(kGet);
    EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
    EXPECT_EQ(answer.body, "line 1\nline 2\nline 3\n");
    EXPECT_TRUE(answer.is_whole);
  }
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 200);
  TestClient old(server.port());
  const TestAnswer answer = old.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_FALSE(answer.headers.find("transfer-encoding"));
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(answer.body, "line 1\nline 2\nline 3\n");
  server.stop();
  EXPECT_THAT(handler.answered_requests(), Contains("GET / 200 21").Times(3));
}

TEST(HttpServer, CutsTheConnectionWhenASourceFails) {
  TestHandler handler;
  std::promise<void> ended;
  handler.on_answer = [&](const ServerRequest&, const Cancel&) {
    return source_response(
        [first = true](std::string& chunk) mutable -> Result<State> {
          chunk = "some";
          if (std::exchange(first, false)) return State::kMore;
          return Error{ErrorId::kDiskFull, "", "", "", ""};
        },
        &ended);
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  const TestAnswer answer = client.ask(kGet);
  EXPECT_FALSE(answer.is_whole);
  ended.get_future().wait();
}

TEST(HttpServer, MakesNoMoreThanTheClientTakes) {
  TestHandler handler;
  std::promise<void> ended;
  std::atomic<int> chunks = 0;
  handler.on_answer = [&](const ServerRequest&, const Cancel&) {
    return source_response(
        [&](std::string& chunk) -> Result<State> {
          chunk.assign(1024 * 1024, 'x');
          ++chunks;
          return State::kMore;
        },
        &ended);
  };
  auto options = options_for_test();
  options.write_deadline = milliseconds(50);
  auto server = started(std::move(options), handler);
  TestClient client(server.port());
  client.send(kGet);
  ended.get_future().wait();
  EXPECT_LT(chunks, 40) << "what fits into the buffers of the system";
}

TEST(HttpServer, SourcesThatWaitHoldNoWorker) {
  TestHandler handler;
  std::atomic<bool> has_news = false;
  handler.on_answer = [&](const ServerRequest& request, const Cancel&) {
    if (request.path == "/") return text_response("done");
    return source_response([&](std::string& chunk) -> Result<State> {
      chunk = has_news ? "news" : "";
      return has_news ? State::kEnd : State::kWait;
    });
  };
  auto options = options_for_test();
  options.workers = 1;
  auto server = started(std::move(options), handler);
  std::vector<TestClient> waiting;
  for (int i = 0; i < 20; ++i) waiting.emplace_back(server.port()).send(get("/events"));
  TestClient client(server.port());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.ask(kGet).body, "done");
  has_news = true;
  for (TestClient& one : waiting) EXPECT_EQ(one.receive().body, "news");
}

TEST(HttpServer, EndsSourcesWhoseClientHasGone) {
  TestHandler handler;
  std::promise<void> ended;
  Cancel cancelled;
  std::latch waits(3);
  handler.on_answer = [&](const ServerRequest&, const Cancel& cancel) {
    cancelled = cancel;
    return source_response(
        [&](std::string& chunk) -> Result<State> {
          chunk.clear();
          if (!waits.try_wait()) waits.count_down();
          return State::kWait;
        },
        &ended);
  };
  auto server = started(options_for_test(), handler);
  TestClient client(server.port());
  client.send(kGet);
  waits.wait();
  client.close();
  ended.get_future().wait();
  EXPECT_TRUE(cancelled.requested());
}

TEST(HttpServer, EndsSourcesThatWaitWhenItStops) {
  TestHandler handler;
  std::promise<void> ended;
  std::latch waits(1);
  handler.on_answer = [&](const ServerRequest&, const Cancel&) {
    return source_response(
        [&](std::string& chunk) -> Result<State> {
          chunk.clear();
          if (!waits.try_wait()) waits.count_down();
          return State::kWait;
        },
        &ended);
  };
  auto options = options_for_test();
  options.stop_grace = kLong;
  options.wait_pause = kLong;
  auto server = started(std::move(options), handler);
  TestClient client(server.port());
  client.send(kGet);
  waits.wait();
  server.stop();
  ended.get_future().wait();
  EXPECT_FALSE(client.receive().is_whole);
}

template <auto Free>
struct Freeing {
  template <class Thing>
  void operator()(Thing* thing) const {
    Free(thing);
  }
};

/// Writes a key and a certificate that it signed itself.
void write_certificate(const HttpTlsFiles& files, const std::string& name) {
  const std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Freeing<X509_free>> certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, Freeing<BIO_free>> certificate_file(BIO_new_file(files.certificate.c_str(), "w"));
  PEM_write_bio_X509(certificate_file.get(), certificate.get());
  const std::unique_ptr<BIO, Freeing<BIO_free>> key_file(BIO_new_file(files.key.c_str(), "w"));
  PEM_write_bio_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

class HttpServerTls : public ::testing::Test {
 protected:
  HttpServerTls() { write_certificate(files_, "one"); }
  HttpServerOptions options() const {
    auto options = options_for_test();
    options.tls = files_;
    return options;
  }

  TestFolder folder_;
  HttpTlsFiles files_{folder_.path() / "certificate.pem", folder_.path() / "key.pem"};
  TestHandler handler_;
};

TEST_F(HttpServerTls, SpeaksTls) {
  handler_.on_answer = [](const ServerRequest& request, const Cancel&) {
    if (request.path == "/lines") return source_response(lines(3));
    return text_response(std::string(300'000, request.is_secure ? 's' : 'p'));
  };
  auto server = started(options(), handler_);
  TestClient client(server.port(), TestClient::Tls::kYes);
  ASSERT_TRUE(client.is_connected());
  EXPECT_EQ(client.ask(kGet).body, std::string(300'000, 's'));
  EXPECT_EQ(client.ask(get("/lines")).body, "line 1\nline 2\nline 3\n");
  EXPECT_EQ(client.ask("nonsense\r\n\r\n").status, 400);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(TestClient(server.port(), TestClient::Tls::kYes, TLS1_2_VERSION).is_connected());
  EXPECT_FALSE(TestClient(server.port(), TestClient::Tls::kYes, TLS1_1_VERSION).is_connected());
}

TEST_F(HttpServerTls, TellsTheHandlerThatTheClientHasGone) {
  std::latch entered(1);
  std::promise<bool> cancelled;
  handler_.on_answer = [&](const ServerRequest&, const Cancel& cancel) {
    entered.count_down();
    cancelled.set_value(!cancel.wait_for(kLong));
    return text_response("too late");
  };
  auto server = started(options(), handler_);
  TestClient client(server.port(), TestClient::Tls::kYes);
  client.send(kGet);
  entered.wait();
  client.close();
  EXPECT_TRUE(cancelled.get_future().get());
}

TEST_F(HttpServerTls, ClientsThatSendOnHearTheRefusal) {
  auto server = started(options(), handler_);
  for (const auto tls : {TestClient::Tls::kYes, TestClient::Tls::kNo}) {
    TestHandler handler;
    auto plain = started(options_for_test(), handler);
    TestClient client(tls == TestClient::Tls::kYes ? server.port() : plain.port(), tls);
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n");
    client.send(std::string(5'000'000, 'x'));
    EXPECT_EQ(client.receive().status, 413);
  }
}

TEST_F(HttpServerTls, ClosesConnectionsThatDoNotSpeakIt) {
  auto short_options = options();
  short_options.header_deadline = milliseconds(50);
  auto server = started(std::move(short_options), handler_);
  TestClient plain(server.port());
  plain.send(kGet);
  EXPECT_THAT(plain.receive_all(), Not(HasSubstr("HTTP")));
  TestClient silent(server.port());
  EXPECT_EQ(silent.receive_all(), "");
}

TEST_F(HttpServerTls, ReadsTheFilesAgain) {
  auto server = started(options(), handler_);
  TestClient before(server.port(), TestClient::Tls::kYes);
  EXPECT_EQ(before.server_name(), "one");
  write_certificate(files_, "two");
  EXPECT_TRUE(server.reload_tls());
  TestClient after(server.port(), TestClient::Tls::kYes);
  EXPECT_EQ(after.server_name(), "two");
  EXPECT_EQ(before.ask(kGet).status, 200);
  std::ofstream(files_.certificate) << "nonsense";
  const auto reloaded = server.reload_tls();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().id, ErrorId::kTlsFilesInvalid);
  EXPECT_EQ(TestClient(server.port(), TestClient::Tls::kYes).server_name(), "two");
}

TEST_F(HttpServerTls, RefusesFilesThatDoNotFit) {
  const HttpTlsFiles others{folder_.path() / "other-certificate.pem", folder_.path() / "other-key.pem"};
  write_certificate(others, "other");
  for (const HttpTlsFiles& files :
       {HttpTlsFiles{files_.certificate, others.key}, HttpTlsFiles{folder_.path() / "none", files_.key},
        HttpTlsFiles{files_.certificate, folder_.path() / "none"}}) {
    auto with_files = options();
    with_files.tls = files;
    const auto server = HttpServer::start(std::move(with_files), handler_);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().id, ErrorId::kTlsFilesInvalid);
    EXPECT_THAT(server.error().where, HasSubstr(folder_.path().string()));
    EXPECT_THAT(server.error().why, Not(IsEmpty()));
    EXPECT_THAT(server.error().next, Not(IsEmpty()));
  }
}

TEST(HttpServer, SaysWhyItDoesNotStart) {
  TestHandler handler;
  auto server = started(options_for_test(), handler);
  const auto refusal = [&handler](const std::string& address, std::uint16_t port) {
    HttpServerOptions options = options_for_test();
    options.address = address;
    options.port = port;
    auto other = HttpServer::start(std::move(options), handler);
    EXPECT_FALSE(other) << address;
    return other.error();
  };
  EXPECT_EQ(refusal("127.0.0.1", server.port()).id, ErrorId::kPortTaken);
  EXPECT_EQ(refusal("0.0.0.0", 0).id, ErrorId::kAddressNotProtected);
  EXPECT_EQ(refusal("::", 0).id, ErrorId::kAddressNotProtected);
  EXPECT_EQ(refusal("192.0.2.1", 0).id, ErrorId::kAddressNotProtected);
  EXPECT_EQ(refusal("costs.example.com", 0).id, ErrorId::kSettingValueInvalid);
  const Error taken = refusal("localhost", server.port());
  EXPECT_EQ(taken.where, fmt::format("localhost:{}", server.port()));
  EXPECT_THAT(taken.next, HasSubstr("another port"));
  HttpServerOptions elsewhere = options_for_test();
  elsewhere.address = "192.0.2.1";
  elsewhere.behind_proxy = true;
  const auto other = HttpServer::start(std::move(elsewhere), handler);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().id, ErrorId::kSettingValueInvalid);
}

TEST(HttpServer, ListensOnAllAddressesBehindAProxy) {
  TestHandler handler;
  auto options = options_for_test();
  options.address = "0.0.0.0";
  options.behind_proxy = true;
  auto server = started(std::move(options), handler);
  TestClient client(server.port());
  EXPECT_EQ(client.ask(kGet).status, 200);
}

}  // namespace
}  // namespace apportion
