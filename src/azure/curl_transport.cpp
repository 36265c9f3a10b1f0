#include "azure/curl_transport.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookAtCancelEvery{50};
constexpr std::size_t kHeaderBytesMax = std::size_t{256} << 10;
constexpr std::uint64_t kErrorBodyBytesMax = std::uint64_t{1} << 20;
constexpr std::string_view kTryAgain = "try again; it continues where it stopped";

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { APPORTION_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl starts"); });
}

struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, HeaderListDeleter>;

struct CurlFailureRow {
  CURLcode code;
  ErrorId id;
  std::string_view means;
  std::string_view next;
};

constexpr auto kFailures = std::to_array<CurlFailureRow>({
    {CURLE_COULDNT_RESOLVE_HOST, ErrorId::kNoSuchHost, "there is no such host, or the name service does not answer",
     "check the host name (for storage: the name of the account) and the network of this machine"},
    {CURLE_COULDNT_RESOLVE_PROXY, ErrorId::kProxyUnknown, "the name of the proxy is unknown", "check HTTPS_PROXY"},
    {CURLE_COULDNT_CONNECT, ErrorId::kConnectFailed, "no connection could be made",
     "check the network, the proxy (HTTPS_PROXY) and the firewall of this machine"},
    {CURLE_OPERATION_TIMEDOUT, ErrorId::kConnectTimedOut, "no connection could be made in time",
     "check the network, the proxy (HTTPS_PROXY) and the firewall of this machine"},
    {CURLE_PARTIAL_FILE, ErrorId::kConnectionEndedEarly, "the connection ended before the answer did", kTryAgain},
    {CURLE_GOT_NOTHING, ErrorId::kConnectionEndedUnanswered, "the connection ended without an answer", kTryAgain},
    {CURLE_RECV_ERROR, ErrorId::kConnectionBrokeReceiving, "the connection broke while the answer was being received",
     kTryAgain},
    {CURLE_SEND_ERROR, ErrorId::kConnectionBrokeSending, "the connection broke while the request was being sent",
     kTryAgain},
    {CURLE_SSL_CONNECT_ERROR, ErrorId::kTlsFailed, "no secure connection could be made",
     "check whether a proxy or firewall intercepts TLS; TLS 1.2 is required"},
    {CURLE_PEER_FAILED_VERIFICATION, ErrorId::kCertificateUntrusted, "the certificate of the other side is not trusted",
     "if your network intercepts TLS, name its certificates in APPORTION_CA_FILE; otherwise somebody may be listening"},
    {CURLE_SSL_CACERT_BADFILE, ErrorId::kCaFileUnreadable, "the file of trusted certificates cannot be read",
     "correct APPORTION_CA_FILE or SSL_CERT_FILE"},
    {CURLE_URL_MALFORMAT, ErrorId::kUrlInvalid, "this is not a valid URL", "correct the location or endpoint"},
    {CURLE_OUT_OF_MEMORY, ErrorId::kMemoryRanOut, "memory ran out", "give the program more memory"},
});

Error curl_error(CURLcode code, const HttpRequest& request, std::string_view details) {
  const auto row =
      std::find_if(kFailures.begin(), kFailures.end(), [&](const auto& each) { return each.code == code; });
  const bool known = row != kFailures.end();
  return {known ? row->id : ErrorId::kNoAnswer, "no answer was received", shown_url(request),
          fmt::format("{} ({})", known ? row->means : "the connection failed",
                      excerpt(details.empty() ? curl_easy_strerror(code) : details, 200)),
          std::string(known ? row->next : kTryAgain)};
}

// The proxy said no before the other side could be asked.
Error proxy_error(long status, const HttpRequest& request) {
  return {ErrorId::kAnswerRefused, "no answer was received", shown_url(request),
          fmt::format("the proxy of your network answered {}", status),
          status == 407 ? "put the user and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT"
                        : "have the proxy allow this host, or name the host in NO_PROXY"};
}

// Azure's identity endpoints have fixed addresses in 169.254.0.0/16, which no router forwards.
bool is_link_local(std::string_view origin) {
  constexpr std::string_view kFront = "http://169.254.";
  if (!origin.starts_with(kFront)) return false;
  const std::string_view rest = origin.substr(kFront.size(), origin.rfind(':') - kFront.size());
  return std::all_of(rest.begin(), rest.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool is_near(const std::string& url) { return is_loopback(url) || is_link_local(origin_of(url)); }

Result<void> check_request(const HttpRequest& request) {
  const std::string origin = origin_of(request.url);
  const auto refused = [&](std::string why, std::string next) {
    return Error{ErrorId::kRequestNotSent, "the request was not sent", shown_url(request), std::move(why),
                 std::move(next)};
  };
  if (origin.empty())
    return refused("it is not an http or https URL with a plain host", "correct the location or endpoint");
  if (!origin.starts_with("https://") && !is_near(request.url)) {
    return refused("plain http would expose tokens and costs to the network", "write https://");
  }
  for (const HttpHeader& header : request.headers) {
    if ((header.name + header.value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return refused(fmt::format("the value of {} contains a line break", excerpt(header.name)),
                     "correct the secret or setting that it comes from");
    }
  }
  return ok();
}

Result<void> check_redirect(const HttpRequest& request, const HttpResponse& response) {
  if (response.status < 300 || response.status > 399) return ok();
  std::string location(response.header("location"));
  if (location.starts_with("//")) location.insert(0, request.url.substr(0, request.url.find(':') + 1));
  if (location.find("://") == std::string::npos || origin_of(location) == origin_of(request.url)) return ok();
  const std::string target = request.path_is_secret ? origin_of(location) : shown_url(location);
  return Error{ErrorId::kRedirectToOtherHost, "the answer redirects to another host, which is not followed",
               shown_url(request), fmt::format("it redirects to {}", target),
               "check whether a proxy or sign-in page of your network answers instead of Azure"};
}

// One call: what libcurl's callbacks need.
class Exchange {
 public:
  explicit Exchange(const HttpRequest& request) : request_(request) {}

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Exchange*>(self)->take_header({data, size}) ? size : 0;
  }
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Exchange*>(self)->take_body({data, size}) ? size : 0;
  }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
    auto* exchange = static_cast<Exchange*>(self);
    if (sent != exchange->sent_) exchange->last_sign_ = steady_clock::now();
    exchange->sent_ = sent;
    return 0;
  }

  bool stalls() const { return steady_clock::now() - last_sign_ > request_.stall_time_max; }
  /// Whether the blank line after the headers came: libcurl takes a connection that ends within them for an answer.
  bool head_is_whole() const { return head_is_whole_; }
  std::optional<Error>& refused() { return refused_; }
  HttpResponse& response() { return response_; }

 private:
  bool take_header(std::string_view line) {
    last_sign_ = steady_clock::now();
    header_bytes_ += line.size();
    if (header_bytes_ > kHeaderBytesMax) return refuse_size("headers", kHeaderBytesMax);
    if (line.starts_with("HTTP/")) {  // also after `100 Continue`
      response_.headers.clear();
      response_.status = 0;
      head_is_whole_ = false;
      const auto blank = line.find(' ');
      for (auto at = blank + 1; blank != std::string_view::npos && at < line.size() && at < blank + 4; ++at) {
        if (line[at] >= '0' && line[at] <= '9') response_.status = response_.status * 10 + (line[at] - '0');
      }
      return true;
    }
    head_is_whole_ = head_is_whole_ || trim(line).empty();  // trailers may follow the body
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      response_.headers.push_back(
          {std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
    }
    return true;
  }

  bool take_body(std::string_view piece) {
    body_bytes_ += piece.size();
    const std::uint64_t bytes_max =
        response_.ok() ? request_.answer_bytes_max : std::max(request_.answer_bytes_max, kErrorBodyBytesMax);
    if (body_bytes_ > bytes_max) return refuse_size("body", bytes_max);
    if (request_.sink && response_.ok()) {
      if (auto taken = request_.sink(piece); !taken) {
        refused_ = taken.error();
        return false;
      }
    } else {
      response_.body += piece;
    }
    last_sign_ = steady_clock::now();  // the time that the sink took is not the other side's
    return true;
  }

  bool refuse_size(std::string_view part, std::uint64_t bytes_max) {
    refused_ = Error{ErrorId::kAnswerTooLarge, "the answer is larger than expected", shown_url(request_),
                     fmt::format("the {} has more than {} bytes", part, bytes_max),
                     "check that the location or endpoint is the right one"};
    return false;
  }

  const HttpRequest& request_;
  HttpResponse response_;
  std::optional<Error> refused_;
  steady_clock::time_point last_sign_ = steady_clock::now();
  curl_off_t sent_ = 0;
  bool head_is_whole_ = false;
  std::size_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
};

// A connection and its handles. The multi handle is what keeps the connection open between two calls, and what lets a
// call look up from its waiting.
class Lane {
 public:
  Lane() : multi_(curl_multi_init()), easy_(curl_easy_init()) {
    APPORTION_CHECK(multi_ != nullptr && easy_ != nullptr, "libcurl has handles");
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }

  Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel, const CurlOptions& options);

  std::string origin;  ///< Of the last call.

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    APPORTION_CHECK(curl_easy_setopt(easy_, option, value) == CURLE_OK, "libcurl takes the option");
  }
  void set_up(const HttpRequest& request, const CurlOptions& options, Exchange& exchange);
  void set_up_body(const HttpRequest& request);
  HeaderList header_lines(const HttpRequest& request) const;
  Result<CURLcode> perform(const HttpRequest& request, const Cancel& cancel, Exchange& exchange);

  CURLM* multi_;
  CURL* easy_;
  std::array<char, CURL_ERROR_SIZE> details_{};
};

void Lane::set_up(const HttpRequest& request, const CurlOptions& options, Exchange& exchange) {
  curl_easy_reset(easy_);
  details_[0] = '\0';
  set(CURLOPT_ERRORBUFFER, details_.data());
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a cancelled call does not wait for the name service
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_time_max.count()));
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (is_near(request.url)) set(CURLOPT_PROXY, "");
  // libcurl sends a request again by itself when a connection that it kept turns out to be closed.
  if (!request.may_repeat) set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  set(CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
  set(CURLOPT_NOPROGRESS, 0L);
  set_up_body(request);
}

void Lane::set_up_body(const HttpRequest& request) {
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (has_body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, request.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

HeaderList Lane::header_lines(const HttpRequest& request) const {
  HeaderList lines;
  bool has_type = false;
  const auto add = [&lines](const std::string& line) {
    curl_slist* longer = curl_slist_append(lines.get(), line.c_str());
    APPORTION_CHECK(longer != nullptr, "there is memory for a header");
    static_cast<void>(lines.release());
    lines.reset(longer);
  };
  for (const HttpHeader& header : request.headers) {
    has_type = has_type || ascii_equal_ignoring_case(header.name, "content-type");
    add(header.value.empty() ? header.name + ";" : fmt::format("{}: {}", header.name, header.value));
  }
  add("Expect:");                       // no `100-continue`: it costs a round trip
  if (!has_type) add("Content-Type:");  // libcurl would say that a body is a form
  return lines;
}

Result<CURLcode> Lane::perform(const HttpRequest& request, const Cancel& cancel, Exchange& exchange) {
  while (true) {
    int running = 0;
    APPORTION_CHECK(curl_multi_perform(multi_, &running) == CURLM_OK, "libcurl runs");
    int waiting = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi_, &waiting); message != nullptr)
      return message->data.result;
    if (cancel.requested()) return cancelled_error(shown_url(request));
    if (exchange.stalls()) {
      return Error{ErrorId::kNoAnswer, "no answer was received", shown_url(request),
                   fmt::format("the other side was silent for {} ms", request.stall_time_max.count()),
                   std::string(kTryAgain)};
    }
    const auto pause = std::min(kLookAtCancelEvery, request.stall_time_max);
    const int most = static_cast<int>(std::max<milliseconds::rep>(pause.count(), 1));
    APPORTION_CHECK(curl_multi_poll(multi_, nullptr, 0, most, nullptr) == CURLM_OK, "libcurl waits");
  }
}

Result<HttpResponse> Lane::send(const HttpRequest& request, const Cancel& cancel, const CurlOptions& options) {
  Exchange exchange(request);
  set_up(request, options, exchange);
  const HeaderList lines = header_lines(request);
  set(CURLOPT_HTTPHEADER, lines.get());
  APPORTION_CHECK(curl_multi_add_handle(multi_, easy_) == CURLM_OK, "libcurl takes a call");
  const auto performed = perform(request, cancel, exchange);
  long proxy_status = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  curl_multi_remove_handle(multi_, easy_);  // closes the connection unless the answer is whole
  curl_easy_reset(easy_);                   // what it pointed to ends here
  if (!performed) return performed.error();
  if (exchange.refused()) return *std::move(exchange.refused());
  if (*performed != CURLE_OK && proxy_status >= 400 && proxy_status < 500) return proxy_error(proxy_status, request);
  if (*performed != CURLE_OK) return curl_error(*performed, request, details_.data());
  if (!exchange.head_is_whole()) return curl_error(CURLE_PARTIAL_FILE, request, "");
  APPORTION_TRY(check_redirect(request, exchange.response()));
  return std::move(exchange.response());
}

}  // namespace

// Lanes that nobody uses now.
class CurlTransport::Pool {
 public:
  explicit Pool(std::size_t idle_max) : idle_max_(idle_max) {}

  /// One that was at that host before, if there is one: its connection may still be open.
  std::unique_ptr<Lane> take(const std::string& origin) {
    const std::lock_guard lock(mutex_);
    const auto same =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& lane) { return lane->origin == origin; });
    if (same == idle_.rend()) return std::make_unique<Lane>();
    std::unique_ptr<Lane> lane = std::move(*same);
    idle_.erase(std::next(same).base());
    return lane;
  }

  void give_back(std::unique_ptr<Lane> lane) {
    std::unique_ptr<Lane> oldest;  // closed after the lock is gone
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(lane));
    if (idle_.size() <= idle_max_) return;
    oldest = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }

 private:
  std::size_t idle_max_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;  // the newest last
};

CurlOptions curl_options_of_environment(const std::function<std::optional<std::string>(const char*)>& variable) {
  CurlOptions options;
  for (const char* name : {"APPORTION_CA_FILE", "SSL_CERT_FILE"}) {
    const auto file = variable(name);
    if (options.ca_file.empty() && file) options.ca_file = *file;
  }
  return options;
}

CurlTransport::CurlTransport(CurlOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>(options_.idle_connections_max)) {
  start_curl();
}

CurlTransport::~CurlTransport() = default;

Result<HttpResponse> CurlTransport::send(const HttpRequest& request, const Cancel& cancel) {
  APPORTION_TRY(check_request(request));
  if (cancel.requested()) return cancelled_error(shown_url(request));
  const std::string origin = origin_of(request.url);
  std::unique_ptr<Lane> lane = pool_->take(origin);
  lane->origin = origin;
  auto answer = lane->send(request, cancel, options_);
  pool_->give_back(std::move(lane));
  return answer;
}

}  // namespace apportion
