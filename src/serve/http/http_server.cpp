#include "serve/http/http_server.h"

#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/rand.h>
#if defined(__clang__)  // Boost 1.74 does not expect the coroutines of the standard there
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/threads.h"
#include "serve/http/connection_registry.h"
#include "serve/http/ip_address.h"
#include "serve/http/request_head.h"
#include "serve/http/response_head.h"
#include "serve/http/tls_files.h"
#include "serve/http/worker_pool.h"

namespace apportion {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
using Time = SteadyClock::time_point;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kHeadPiece = 4 * 1024;
constexpr std::size_t kBodyPiece = 64 * 1024;
constexpr std::size_t kSinkPiece = 256 * 1024;  // of a body, for a worker at once
constexpr auto kForever = Time::max();
// How long a connection that we end may still send: closed with unread bytes, it would be reset, and the client would
// lose our last answer.
constexpr auto kLinger = std::chrono::seconds(1);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kRetryAfter = std::chrono::seconds(1);

/// A request with its answer, shared by the connection and the worker that makes it. While it is with a worker, only
/// the worker touches request, response and chunk.
struct Exchange {
  ServerRequest request;
  bool is_http_1_0 = false;
  Cancel cancel;
  ServerResponse response;
  std::string chunk;
  Result<HttpBodySource::State> chunk_state = HttpBodySource::State::kEnd;
  bool wants_more = true;  // of the body
  bool is_with_worker = false;
  bool is_abandoned = false;
};
using ExchangePtr = std::shared_ptr<Exchange>;

/// What all connections share.
struct Service {
  Service(HttpServerOptions its_options, HttpHandler& its_handler)
      : options(std::move(its_options)),
        handler(its_handler),
        registry(options.connections_max, options.connections_per_address_max),
        workers(options.queue_max, options.workers_of_line) {}

  const HttpServerOptions options;
  HttpHandler& handler;
  std::atomic<bool> is_stopping = false;
  ConnectionRegistry registry;
  asio::io_context io;
  WorkerPool workers;  // ends before `io`, since work holds connections
};

std::string new_request_id() {
  std::uint64_t id = 0;
  APPORTION_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&id), sizeof id) == 1, "OpenSSL has random bytes");
  return fmt::format("{:016x}", id);
}

HttpFault fault_of(const Error& error) {
  return {error.id == ErrorId::kHostUnknown ? 421 : 400, error.id, fmt::format("{}: {}", error.where, error.why)};
}

HttpFault fault_of_parser(const error_code& error) {
  if (error == http::error::header_limit) {
    return {431, ErrorId::kHeaderTooLarge, "request line and header fields together are too large"};
  }
  if (error == http::error::body_limit) {
    return {413, ErrorId::kBodyTooLarge, "the body is larger than this operation allows"};
  }
  return {400, ErrorId::kRequestMalformed, error.message()};
}

void rethrow(const std::exception_ptr& failure) {  // out of an I/O thread, which ends the program
  if (failure) std::rethrow_exception(failure);
}

/// One connection. All of it runs on its strand; `start`, `begin_stop` and `cut` may be called by any thread.
///
/// One coroutine goes from step to step. Reads, writes and workers end by setting a flag and waking it, so there is one
/// way to wait, always with a deadline. A read is under way even while a request is answered: it notices that the
/// client has gone, or takes the next request.
class Connection final : public StoppableConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Service& service, tcp::socket socket, HttpPeer peer, std::shared_ptr<asio::ssl::context> tls)
      : service_(service),
        socket_(std::move(socket)),
        strand_(socket_.get_executor()),
        event_(strand_),
        peer_(std::move(peer)),
        tls_context_(std::move(tls)) {
    if (tls_context_) tls_.emplace(socket_, *tls_context_);
  }

  void start(const std::string& network);
  void begin_stop() override;
  void cut() override;

 private:
  enum class Step { kGoOn, kClose };

  asio::awaitable<void> run(ConnectionRegistry::Verdict verdict);
  asio::awaitable<void> serve();
  asio::awaitable<bool> shake_hands();
  asio::awaitable<Step> serve_one();
  asio::awaitable<Step> read_header(Parser& parser, const ExchangePtr& exchange);
  asio::awaitable<Step> serve_admitted(Parser& parser, const ExchangePtr& exchange, const HttpAdmission& admission);
  asio::awaitable<Step> read_body(Parser& parser, const ExchangePtr& exchange);
  asio::awaitable<Step> find_sink(const ExchangePtr& exchange);
  asio::awaitable<Step> hand_over_piece(Parser& parser, const ExchangePtr& exchange);
  asio::awaitable<Step> answer_request(const ExchangePtr& exchange, bool keeps_alive);
  asio::awaitable<bool> send_continue(const Parser& parser);
  asio::awaitable<Step> refuse(const ExchangePtr& exchange, const HttpFault& fault, bool keeps_alive);
  asio::awaitable<Step> respond(const ExchangePtr& exchange, bool keeps_alive);
  asio::awaitable<bool> send_source(const ExchangePtr& exchange, bool is_chunked, std::int64_t& bytes);
  asio::awaitable<bool> pause();
  asio::awaitable<bool> send(std::string_view text);
  asio::awaitable<bool> until_worked(const ExchangePtr& exchange);
  asio::awaitable<void> linger();
  asio::awaitable<void> discard_rest(Time deadline);
  template <class Happened>
  asio::awaitable<bool> until(Happened happened, Time deadline);

  std::function<void()> job(const ExchangePtr& exchange, std::function<void(Exchange&)> work);
  bool give_request_to_worker(const ExchangePtr& exchange);
  void ask_worker_for_chunk(const ExchangePtr& exchange);
  void abandon(const ExchangePtr& exchange);
  void drop_streams(Exchange& exchange);
  ExchangePtr new_exchange() const;
  Result<void> take_head(const Parser& parser, Exchange& exchange) const;
  void start_read(std::size_t piece);
  void start_write(std::string_view piece);
  void watch();
  bool has_gone() const { return !is_reading_ && read_error_; }
  void wake() { event_.cancel(); }
  void close();

  Service& service_;
  tcp::socket socket_;
  const asio::any_io_executor strand_;
  asio::steady_timer event_;  // cancelled when something has happened
  const HttpPeer peer_;
  const std::shared_ptr<asio::ssl::context> tls_context_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;

  std::string incoming_;  // where a read puts its bytes
  std::string incoming_after_end_;
  std::string received_;  // and not yet parsed
  std::string outgoing_;  // is being sent
  error_code read_error_;
  error_code write_error_;
  std::size_t written_ = 0;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_in_handshake_ = false;
  bool is_waiting_for_rest_ = false;
  bool is_idle_ = true;      // has no request, so that nobody loses anything when it ends
  bool is_first_ = true;     // of its requests
  bool has_ended_ = false;   // nothing is waited for any more
  bool must_reset_ = false;  // so that the client cannot take what it has for whole
  Time request_began_ = SteadyClock::now();
};

void Connection::start(const std::string& network) {
  const ConnectionRegistry::Verdict verdict = service_.registry.enter(*this, network, peer_.is_trusted_proxy);
  if (verdict == ConnectionRegistry::Verdict::kClose) return close();
  const auto self = shared_from_this();
  asio::co_spawn(
      strand_, [self, verdict] { return self->run(verdict); },
      [self, verdict, network](const std::exception_ptr& failure) {
        self->service_.registry.leave(*self, network, verdict);
        rethrow(failure);
      });
}

void Connection::begin_stop() {
  asio::post(strand_, [self = shared_from_this()] {
    if (self->is_idle_) self->has_ended_ = true;
    self->wake();
  });
}

void Connection::cut() {
  asio::post(strand_, [self = shared_from_this()] {
    self->has_ended_ = true;
    self->wake();
  });
}

asio::awaitable<void> Connection::run(ConnectionRegistry::Verdict verdict) {
  if (service_.is_stopping) has_ended_ = true;
  if (verdict == ConnectionRegistry::Verdict::kServe) {
    co_await serve();
  } else if (!tls_) {  // a handshake would cost more than the refusal is worth
    const ExchangePtr exchange = new_exchange();
    const HttpFault fault{503, ErrorId::kServiceBusy, "there are too many connections", kRetryAfter};
    co_await refuse(exchange, fault, false);
  }
  co_await linger();
  close();
}

asio::awaitable<void> Connection::serve() {
  if (tls_) {
    const bool is_safe = co_await shake_hands();
    if (!is_safe) {
      must_reset_ = true;
      co_return;
    }
  }
  Step step = Step::kGoOn;
  // A stop that came with the last answer under way found the connection busy, and does not come again.
  while (step == Step::kGoOn && !has_ended_ && !service_.is_stopping) step = co_await serve_one();
}

/// Waits until something is so; false if the deadline or the end of the connection came first.
template <class Happened>
asio::awaitable<bool> Connection::until(Happened happened, Time deadline) {
  while (!happened()) {
    if (has_ended_ || SteadyClock::now() >= deadline) co_return false;
    error_code ignored;
    event_.expires_at(deadline);
    co_await event_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return true;
}

asio::awaitable<bool> Connection::shake_hands() {
  is_in_handshake_ = true;
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
    self->is_in_handshake_ = false;
    self->read_error_ = error;
    self->wake();
  });
  const Time deadline = SteadyClock::now() + service_.options.header_deadline;
  const bool has_answered = co_await until([this] { return !is_in_handshake_; }, deadline);
  co_return has_answered && !read_error_;
}

asio::awaitable<Connection::Step> Connection::serve_one() {
  const ExchangePtr exchange = new_exchange();
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(service_.options.header_bytes_max));
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // until admission says it
  is_idle_ = true;
  const Step header = co_await read_header(parser, exchange);
  if (header == Step::kClose) co_return Step::kClose;
  is_first_ = false;

  const Result<void> taken = take_head(parser, *exchange);
  if (!taken) {
    const HttpFault fault = fault_of(taken.error());
    co_return co_await refuse(exchange, fault, false);
  }
  HttpAdmission admission = service_.handler.admit(exchange->request);
  if (admission.refusal) {
    exchange->response = std::move(*admission.refusal);
    co_return co_await respond(exchange, parser.is_done() && parser.keep_alive());
  }
  co_return co_await serve_admitted(parser, exchange, admission);
}

asio::awaitable<Connection::Step> Connection::read_header(Parser& parser, const ExchangePtr& exchange) {
  const HttpServerOptions& options = service_.options;
  bool has_begun = false;
  Time deadline = SteadyClock::now() + (is_first_ ? options.header_deadline : options.idle_deadline);
  for (;;) {
    received_.erase(0, received_.find_first_not_of("\r\n"));  // some clients end a body with a line of its own
    if (!received_.empty()) {
      if (!has_begun) {
        request_began_ = SteadyClock::now();
        deadline = is_first_ ? deadline : request_began_ + options.header_deadline;
        has_begun = true;
      }
      error_code error;
      received_.erase(0, parser.put(asio::buffer(received_), error));
      if (parser.is_header_done()) {
        is_idle_ = false;
        co_return Step::kGoOn;
      }
      if (error && error != http::error::need_more) {
        const HttpFault fault = fault_of_parser(error);
        co_return co_await refuse(exchange, fault, false);
      }
    }
    watch();
    const bool is_in_time = co_await until([this] { return !is_reading_; }, deadline);
    if (has_ended_ || has_gone() || (!is_in_time && !has_begun)) co_return Step::kClose;
    if (!is_in_time) {
      const HttpFault fault{408, ErrorId::kRequestTooSlow, "the header did not arrive in time"};
      co_return co_await refuse(exchange, fault, false);
    }
  }
}

ExchangePtr Connection::new_exchange() const {
  auto exchange = std::make_shared<Exchange>();
  exchange->request.request_id = new_request_id();
  exchange->request.client_address = peer_.address;
  return exchange;
}

Result<void> Connection::take_head(const Parser& parser, Exchange& exchange) const {
  const auto& message = parser.get();
  RawRequestHead raw{std::string(message.method_string()), std::string(message.target()), message.version() < 11, {}};
  for (const auto& field : message) raw.headers.add(std::string(field.name_string()), std::string(field.value()));
  exchange.is_http_1_0 = raw.is_http_1_0;
  const auto encoding = raw.headers.find("transfer-encoding");
  if (encoding && (!ascii_equal_ignoring_case(trim(*encoding), "chunked") || raw.is_http_1_0)) {
    return Error{ErrorId::kRequestMalformed, "the request is not valid HTTP", "its header",
                 "of the transfer encodings, only chunked is known, and not by HTTP/1.0", "send a Content-Length"};
  }
  APPORTION_ASSIGN(HttpRequestHead head, read_request_head(std::move(raw), peer_, service_.options.host_names));
  head.request_id = std::move(exchange.request.request_id);
  static_cast<HttpRequestHead&>(exchange.request) = std::move(head);
  return ok();
}

asio::awaitable<Connection::Step> Connection::serve_admitted(Parser& parser, const ExchangePtr& exchange,
                                                             const HttpAdmission& admission) {
  const auto limit = static_cast<std::uint64_t>(admission.body_bytes_max);
  if (parser.content_length().value_or(0) > limit) {
    const HttpFault fault = fault_of_parser(http::make_error_code(http::error::body_limit));
    co_return co_await refuse(exchange, fault, false);
  }
  parser.body_limit(limit);
  if (admission.in_pieces) {
    const Step found = co_await find_sink(exchange);
    if (found == Step::kClose) co_return Step::kClose;
    if (!exchange->request.sink) co_return co_await answer_request(exchange, parser.is_done() && parser.keep_alive());
  }
  if (!parser.is_done()) {
    const Step body = co_await read_body(parser, exchange);
    if (body == Step::kClose) co_return Step::kClose;
  }
  if (!exchange->request.sink) exchange->request.body = std::move(parser.get().body());
  co_return co_await answer_request(exchange, parser.is_done() && parser.keep_alive());
}

asio::awaitable<Connection::Step> Connection::answer_request(const ExchangePtr& exchange, bool keeps_alive) {
  if (!give_request_to_worker(exchange)) {
    const HttpFault fault{503, ErrorId::kServiceBusy, "too many requests are waiting", kRetryAfter};
    co_return co_await refuse(exchange, fault, keeps_alive);
  }
  const bool is_worked = co_await until_worked(exchange);
  if (!is_worked) {
    abandon(exchange);
    must_reset_ = true;
    co_return Step::kClose;
  }
  co_return co_await respond(exchange, keeps_alive);
}

/// Asks where a body that comes in pieces goes.
asio::awaitable<Connection::Step> Connection::find_sink(const ExchangePtr& exchange) {
  HttpHandler& handler = service_.handler;
  const bool is_taken = service_.workers.try_post(
      handler.line_of(exchange->request),
      job(exchange, [&handler](Exchange& its) { its.request.sink = handler.receive(its.request, its.cancel); }));
  if (!is_taken) {
    exchange->is_with_worker = false;
    const HttpFault fault{503, ErrorId::kServiceBusy, "too many requests are waiting", kRetryAfter};
    co_await refuse(exchange, fault, false);
    co_return Step::kClose;
  }
  const bool is_worked = co_await until_worked(exchange);
  if (is_worked) co_return Step::kGoOn;
  abandon(exchange);
  must_reset_ = true;
  co_return Step::kClose;
}

/// Gives what has arrived of a body to its sink.
asio::awaitable<Connection::Step> Connection::hand_over_piece(Parser& parser, const ExchangePtr& exchange) {
  exchange->chunk = std::exchange(parser.get().body(), {});
  service_.workers.post(job(exchange, [](Exchange& its) {
    its.wants_more = !its.cancel.requested() && its.request.sink->take(its.chunk);
    its.chunk = {};
  }));
  const bool is_worked = co_await until_worked(exchange);
  if (is_worked) co_return Step::kGoOn;
  abandon(exchange);
  must_reset_ = true;
  co_return Step::kClose;
}

/// A body in pieces may take long, as long as each piece comes in time.
asio::awaitable<Connection::Step> Connection::read_body(Parser& parser, const ExchangePtr& exchange) {
  parser.eager(true);
  Time deadline = SteadyClock::now() + service_.options.body_deadline;
  const bool is_continued = co_await send_continue(parser);
  if (!is_continued) co_return Step::kClose;
  for (;;) {
    error_code error;
    if (!received_.empty()) received_.erase(0, parser.put(asio::buffer(received_), error));
    const std::size_t arrived = parser.get().body().size();
    if (exchange->request.sink && (arrived >= kSinkPiece || (parser.is_done() && arrived > 0))) {
      const Step handed = co_await hand_over_piece(parser, exchange);
      if (handed == Step::kClose) co_return Step::kClose;
      if (!exchange->wants_more) co_return Step::kGoOn;
      deadline = SteadyClock::now() + service_.options.body_deadline;
      continue;  // the rest may have arrived meanwhile
    }
    if (parser.is_done()) co_return Step::kGoOn;
    if (error && error != http::error::need_more) {
      const HttpFault fault = fault_of_parser(error);
      co_return co_await refuse(exchange, fault, false);
    }
    if (!is_reading_ && !read_error_) start_read(kBodyPiece);
    const bool is_in_time = co_await until([this] { return !is_reading_; }, deadline);
    if (has_ended_ || has_gone()) {
      abandon(exchange);
      co_return Step::kClose;
    }
    if (!is_in_time) {
      const HttpFault fault{408, ErrorId::kRequestTooSlow, "the body did not arrive in time"};
      co_return co_await refuse(exchange, fault, false);
    }
  }
}

/// Sends `100 Continue` if the client waits for it: it has sent nothing of the body.
asio::awaitable<bool> Connection::send_continue(const Parser& parser) {
  const auto& message = parser.get();
  const std::string expected(message[http::field::expect]);
  if (message.version() < 11 || !received_.empty() || !ascii_equal_ignoring_case(expected, "100-continue")) {
    co_return true;
  }
  outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
  co_return co_await send(outgoing_);
}

asio::awaitable<Connection::Step> Connection::refuse(const ExchangePtr& exchange, const HttpFault& fault,
                                                     bool keeps_alive) {
  exchange->response = service_.handler.fault(fault, exchange->request);
  if (fault.retry_after && !exchange->response.headers.find("retry-after")) {
    exchange->response.headers.add("Retry-After", std::to_string(fault.retry_after->count()));
  }
  co_return co_await respond(exchange, keeps_alive);
}

asio::awaitable<Connection::Step> Connection::respond(const ExchangePtr& exchange, bool keeps_alive) {
  const HttpRequestHead& head = exchange->request;
  ServerResponse& response = exchange->response;
  const bool has_body = response.status != 204 && response.status != 304;
  const bool has_source = response.source != nullptr;
  ResponseFraming framing;
  if (has_body && has_source) framing.is_chunked = !exchange->is_http_1_0;
  if (has_body && !has_source) framing.content_length = response.body.size();
  framing.keeps_alive = keeps_alive && !service_.is_stopping && (!has_source || framing.is_chunked);
  framing.request_id = head.request_id;
  if (service_.options.clock) framing.date = parse_utc_time(service_.options.clock->now());

  const bool sends_body = has_body && head.method != "HEAD";
  std::int64_t bytes = 0;
  outgoing_ = response_head(response, framing);
  if (sends_body && !has_source) {
    bytes = static_cast<std::int64_t>(response.body.size());
    outgoing_ += response.body;
  }
  bool is_sent = co_await send(outgoing_);
  if (is_sent && sends_body && has_source) is_sent = co_await send_source(exchange, framing.is_chunked, bytes);
  if (!is_sent) {
    abandon(exchange);
    must_reset_ = true;
  } else {
    drop_streams(*exchange);
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - request_began_);
  service_.handler.answered(head, response.status, bytes, took);
  co_return is_sent&& framing.keeps_alive ? Step::kGoOn : Step::kClose;
}

asio::awaitable<bool> Connection::send_source(const ExchangePtr& exchange, bool is_chunked, std::int64_t& bytes) {
  for (;;) {
    ask_worker_for_chunk(exchange);
    const bool is_worked = co_await until_worked(exchange);
    if (!is_worked || !exchange->chunk_state) co_return false;
    const HttpBodySource::State state = *exchange->chunk_state;
    const std::string& chunk = exchange->chunk;
    outgoing_.clear();
    if (is_chunked && !chunk.empty()) outgoing_ = fmt::format("{:x}\r\n", chunk.size());
    outgoing_ += chunk;
    if (is_chunked && !chunk.empty()) outgoing_ += "\r\n";
    if (is_chunked && state == HttpBodySource::State::kEnd) outgoing_ += "0\r\n\r\n";
    const bool is_sent = co_await send(outgoing_);
    if (!is_sent) co_return false;
    bytes += static_cast<std::int64_t>(chunk.size());
    if (state == HttpBodySource::State::kEnd) co_return true;
    if (state == HttpBodySource::State::kWait) {
      const bool goes_on = co_await pause();
      if (!goes_on) co_return false;
    }
  }
}

/// The pause of a source that has nothing now; false if there is no use in asking it again.
asio::awaitable<bool> Connection::pause() {
  if (service_.is_stopping) co_return false;
  is_idle_ = true;
  const Time deadline = SteadyClock::now() + service_.options.wait_pause;
  const bool is_useless = co_await until(
      [this] {
        watch();
        return has_gone();
      },
      deadline);
  is_idle_ = false;
  co_return !is_useless && !has_ended_;
}

asio::awaitable<bool> Connection::until_worked(const ExchangePtr& exchange) {
  Exchange* const watched = exchange.get();
  const bool has_happened = co_await until(
      [this, watched] {
        watch();
        return !watched->is_with_worker || has_gone();
      },
      kForever);
  co_return has_happened && !exchange->is_with_worker;
}

asio::awaitable<bool> Connection::send(std::string_view text) {
  while (!text.empty()) {
    start_write(text.substr(0, kBodyPiece));
    const Time deadline = SteadyClock::now() + service_.options.write_deadline;
    const bool is_written = co_await until([this] { return !is_writing_; }, deadline);
    if (!is_written || write_error_) co_return false;
    text.remove_prefix(written_);
  }
  co_return true;
}

/// Lets the client take our last words before the connection is closed.
asio::awaitable<void> Connection::linger() {
  is_idle_ = true;
  if (has_ended_ || must_reset_ || service_.is_stopping || has_gone()) co_return;
  const Time deadline = SteadyClock::now() + kLinger;
  if (tls_) {
    is_writing_ = true;
    tls_->async_shutdown([self = shared_from_this()](error_code) {
      self->is_writing_ = false;
      self->wake();
    });
    co_await until([this] { return !is_writing_; }, deadline);
  }
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  co_await discard_rest(deadline);
}

/// Takes what the client still sends, until it closes.
asio::awaitable<void> Connection::discard_rest(Time deadline) {
  error_code error;
  socket_.non_blocking(true, error);
  incoming_after_end_.resize(kBodyPiece);
  while (!has_gone() && (!error || error == asio::error::would_block)) {
    is_waiting_for_rest_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code) {
      self->is_waiting_for_rest_ = false;
      self->wake();
    });
    const bool has_more = co_await until([this] { return !is_waiting_for_rest_; }, deadline);
    if (!has_more) co_return;
    socket_.read_some(asio::buffer(incoming_after_end_), error);
  }
}

/// Work for a worker, who wakes the connection when it is done.
std::function<void()> Connection::job(const ExchangePtr& exchange, std::function<void(Exchange&)> work) {
  exchange->is_with_worker = true;
  return [self = shared_from_this(), exchange, work = std::move(work)] {
    work(*exchange);
    asio::post(self->strand_, [self, exchange] {
      exchange->is_with_worker = false;
      if (exchange->is_abandoned) self->drop_streams(*exchange);
      self->wake();
    });
  };
}

bool Connection::give_request_to_worker(const ExchangePtr& exchange) {
  HttpHandler& handler = service_.handler;
  const auto answer = [&handler](Exchange& its) {
    if (!its.cancel.requested()) its.response = handler.answer(its.request, its.cancel);
  };
  const bool is_taken = service_.workers.try_post(handler.line_of(exchange->request), job(exchange, answer));
  if (!is_taken) exchange->is_with_worker = false;
  return is_taken;
}

void Connection::ask_worker_for_chunk(const ExchangePtr& exchange) {
  service_.workers.post(job(exchange, [](Exchange& its) {
    its.chunk.clear();
    if (!its.cancel.requested()) its.chunk_state = its.response.source->next(its.chunk);
  }));
}

/// Nobody waits for the answer any more.
void Connection::abandon(const ExchangePtr& exchange) {
  exchange->cancel.request();
  exchange->is_abandoned = true;
  if (!exchange->is_with_worker) drop_streams(*exchange);
}

/// Sources and sinks end on a worker: what they hold may take its time to be closed.
void Connection::drop_streams(Exchange& exchange) {
  if (!exchange.response.source && !exchange.request.sink) return;
  service_.workers.post([source = std::shared_ptr<HttpBodySource>(std::move(exchange.response.source)),
                         sink = std::exchange(exchange.request.sink, nullptr)]() mutable {
    source.reset();
    sink.reset();
  });
}

void Connection::start_read(std::size_t piece) {
  is_reading_ = true;
  incoming_.resize(piece);
  auto done = [self = shared_from_this()](error_code error, std::size_t bytes) {
    self->is_reading_ = false;
    self->read_error_ = error;
    self->received_.append(self->incoming_, 0, bytes);
    self->wake();
  };
  if (tls_) {
    tls_->async_read_some(asio::buffer(incoming_), std::move(done));
  } else {
    socket_.async_read_some(asio::buffer(incoming_), std::move(done));
  }
}

void Connection::start_write(std::string_view piece) {
  is_writing_ = true;
  auto done = [self = shared_from_this()](error_code error, std::size_t bytes) {
    self->is_writing_ = false;
    self->write_error_ = error;
    self->written_ = bytes;
    self->wake();
  };
  const asio::const_buffer buffer(piece.data(), piece.size());
  if (tls_) {
    tls_->async_write_some(buffer, std::move(done));
  } else {
    socket_.async_write_some(buffer, std::move(done));
  }
}

/// Keeps a read under way, as long as there is room for what it brings.
void Connection::watch() {
  const auto room = static_cast<std::size_t>(service_.options.header_bytes_max);
  if (!is_reading_ && !read_error_ && received_.size() < room) start_read(kHeadPiece);
}

void Connection::close() {
  error_code ignored;
  has_ended_ = true;
  if (must_reset_) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

Error address_invalid(const HttpServerOptions& options, std::string why) {
  return {ErrorId::kSettingValueInvalid, "the service cannot listen on this address",
          fmt::format("{}:{}", options.address, options.port), std::move(why),
          "name an address of this machine and a port from 1024 on"};
}

Result<IpAddress> listening_address(const HttpServerOptions& options) {
  const std::string& text = options.address;
  const auto address = IpAddress::parse(text == "localhost" ? "127.0.0.1" : text);
  if (!address) return address_invalid(options, "it is not an IP address");
  if (!address->is_loopback() && !options.tls && !options.behind_proxy) {
    return Error{
        ErrorId::kAddressNotProtected, "the service does not listen on this address without TLS", text,
        "people on other machines could read what is sent to it: passwords, tokens, costs",
        "serve on 127.0.0.1, or with a certificate, or behind a proxy that has one: " + step(Step::kServeWithTls)};
  }
  return *address;
}

Error listening_error(const HttpServerOptions& options, const error_code& error) {
  if (error != boost::system::errc::address_in_use) return address_invalid(options, error.message());
  return {ErrorId::kPortTaken, "the port is taken", fmt::format("{}:{}", options.address, options.port),
          "another program listens on it, perhaps another apportion serve",
          "stop that program, or choose another port"};
}

Result<void> listen(tcp::acceptor& acceptor, const HttpServerOptions& options) {
  APPORTION_ASSIGN(const IpAddress address, listening_address(options));
  const tcp::endpoint endpoint(asio::ip::make_address(address.text()), options.port);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listening_error(options, error);
  return ok();
}

}  // namespace

class HttpServer::State {
 public:
  State(HttpServerOptions options, HttpHandler& handler)
      : service_(std::move(options), handler), acceptor_(asio::make_strand(service_.io)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { stop(); }

  Result<void> start();
  std::uint16_t port() const { return port_; }
  Result<void> reload_tls();
  HttpServerLoad load();
  void stop();

 private:
  Result<void> start_threads();
  asio::awaitable<void> accept_all();
  void take(tcp::socket socket);
  std::shared_ptr<asio::ssl::context> tls();

  Service service_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::mutex tls_mutex_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  Threads io_threads_;
};

Result<void> HttpServer::State::start() {
  APPORTION_TRY(reload_tls());
  APPORTION_TRY(listen(acceptor_, service_.options));
  port_ = acceptor_.local_endpoint().port();
  APPORTION_TRY(start_threads());
  asio::co_spawn(
      acceptor_.get_executor(), [this] { return accept_all(); }, rethrow);
  return ok();
}

Result<void> HttpServer::State::start_threads() {
  work_.emplace(service_.io.get_executor());
  for (int i = 0; i < service_.options.io_threads; ++i) {
    // NOLINTNEXTLINE(bugprone-exception-escape): it ends the program, with the trace of who threw
    if (!io_threads_.start([this]() noexcept { service_.io.run(); })) break;
  }
  if (io_threads_.count() > 0 && service_.workers.start(service_.options.workers)) return ok();
  return Error{ErrorId::kThreadsRefused, "the system refused more threads", "the service",
               "it needs two at least, one for connections and one for answers",
               "raise the process limit (ulimit -u, TasksMax, pids)"};
}

Result<void> HttpServer::State::reload_tls() {
  if (!service_.options.tls) return ok();
  APPORTION_ASSIGN(TlsContext context, make_tls_context(*service_.options.tls));
  auto made = std::make_shared<asio::ssl::context>(context.release());
  const std::lock_guard lock(tls_mutex_);
  tls_ = std::move(made);
  return ok();
}

std::shared_ptr<asio::ssl::context> HttpServer::State::tls() {
  const std::lock_guard lock(tls_mutex_);
  return tls_;
}

asio::awaitable<void> HttpServer::State::accept_all() {
  asio::steady_timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    error_code error;
    const asio::any_io_executor strand = asio::make_strand(service_.io);
    tcp::socket socket = co_await acceptor_.async_accept(strand, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      take(std::move(socket));
    } else if (acceptor_.is_open()) {  // no descriptors left, say: they come back when connections end
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void HttpServer::State::take(tcp::socket socket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // it has gone already
  const tcp::endpoint local = socket.local_endpoint(error);
  socket.set_option(tcp::no_delay(true), error);
  const auto address = IpAddress::parse(remote.address().to_string());
  const auto local_address = IpAddress::parse(local.address().to_string());
  if (!address || !local_address) return;  // link-local with a zone
  auto context = tls();
  HttpPeer peer{address->text(), local_address->text(), context != nullptr,
                service_.options.behind_proxy && (address->is_loopback() || address->is_private())};
  std::make_shared<Connection>(service_, std::move(socket), std::move(peer), std::move(context))
      ->start(address->network());
}

HttpServerLoad HttpServer::State::load() {
  const ConnectionRegistry::Counts counts = service_.registry.counts();
  return {counts.served, counts.turned_away, service_.workers.waiting(), service_.workers.refused()};
}

void HttpServer::State::stop() {
  if (!work_) return;
  service_.is_stopping = true;
  asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
  });
  service_.registry.for_each([](StoppableConnection& connection) { connection.begin_stop(); });
  if (!service_.registry.wait_until_empty(service_.options.stop_grace)) {
    service_.registry.for_each([](StoppableConnection& connection) { connection.cut(); });
  }
  work_.reset();
  io_threads_.wait();
  service_.workers.stop();
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::start(HttpServerOptions options, HttpHandler& handler) {
  auto state = std::make_unique<State>(std::move(options), handler);
  APPORTION_TRY(state->start());
  return HttpServer(std::move(state));
}

std::uint16_t HttpServer::port() const { return state_->port(); }

Result<void> HttpServer::reload_tls() { return state_->reload_tls(); }

HttpServerLoad HttpServer::load() const { return state_->load(); }

void HttpServer::stop() { state_->stop(); }

}  // namespace apportion
