#include "serve/api/api_server.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/cancel.h"
#include "foundation/base/threads.h"
#include "serve/page/page_handler.h"

namespace apportion {
namespace {

constexpr std::chrono::seconds kLookAtCertificate{30};

// When the files of a certificate were last written; nothing while they cannot be read.
std::optional<std::filesystem::file_time_type> written_at(const HttpTlsFiles& files) {
  std::error_code failure;
  const auto certificate = std::filesystem::last_write_time(files.certificate, failure);
  if (failure) return std::nullopt;
  const auto key = std::filesystem::last_write_time(files.key, failure);
  return failure ? std::nullopt : std::optional(std::max(certificate, key));
}

}  // namespace

class ApiServer::State {
 public:
  State(std::unique_ptr<ApiService> service, std::unique_ptr<PageHandler> page, HttpServer server,
        const HttpServerOptions& options)
      : service_(std::move(service)), page_(std::move(page)), server_(std::move(server)) {
    const bool is_v6 = options.address.find(':') != std::string::npos;
    address = fmt::format("{}://{}{}{}:{}", options.tls ? "https" : "http", is_v6 ? "[" : "", options.address,
                          is_v6 ? "]" : "", server_.port());
    if (options.tls) {
      static_cast<void>(watcher_.start([this, files = *options.tls] { watch(files); }));  // else: after a restart
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { stop(); }

  void stop() {
    ended_.request();
    watcher_.wait();
    server_.stop();
  }

  ApiService& service() { return *service_; }

  std::string address;

 private:
  // A renewed certificate is taken without a restart; one that cannot be used leaves the old one in use.
  void watch(const HttpTlsFiles& files) {
    auto known = written_at(files);
    while (ended_.wait_for(kLookAtCertificate)) {
      const auto now = written_at(files);
      if (!now || now == known) continue;
      known = now;
      const auto reloaded = server_.reload_tls();
      service_->log_event("certificate", reloaded ? nullptr : &reloaded.error());
    }
  }

  std::unique_ptr<ApiService> service_;  // outlives the page, and both outlive the server
  std::unique_ptr<PageHandler> page_;
  HttpServer server_;
  Cancel ended_;
  Threads watcher_;
};

ApiServer::ApiServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ApiServer::ApiServer(ApiServer&&) noexcept = default;
ApiServer::~ApiServer() = default;

Result<ApiServer> ApiServer::start(ApiOptions options, std::shared_ptr<RunQueue> run_queue, PageFiles page,
                                   HttpServerOptions server) {
  APPORTION_ASSIGN(auto service, ApiService::open(std::move(options), std::move(run_queue)));
  auto handler = std::make_unique<PageHandler>(*service, std::move(page), random_nonce);
  APPORTION_ASSIGN(HttpServer started, HttpServer::start(server, *handler));
  return ApiServer(std::make_unique<State>(std::move(service), std::move(handler), std::move(started), server));
}

const std::string& ApiServer::address() const { return state_->address; }

Result<std::string> ApiServer::sign_in_link(const std::string& os_user) {
  APPORTION_ASSIGN(const std::string secret, state_->service().identities().make_sign_in_link_secret(os_user));
  return fmt::format("{}/sign-in?link={}", state_->address, secret);
}

void ApiServer::stop() { state_->stop(); }

}  // namespace apportion
