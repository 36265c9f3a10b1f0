/// The API and the page with their HTTP server, as one thing that runs until it is stopped.
#pragma once

#include <memory>

#include "foundation/base/result.h"
#include "serve/api/api_service.h"
#include "serve/http/http_server.h"
#include "serve/page/page_files.h"

namespace apportion {

class ApiServer {
 public:
  /// Answers from now on. `run_queue`: as of ApiService. Errors: those of opening the home, and of HttpServer.
  static Result<ApiServer> start(ApiOptions options, std::shared_ptr<RunQueue> run_queue, PageFiles page,
                                 HttpServerOptions server);
  ApiServer(ApiServer&&) noexcept;
  ~ApiServer();

  /// `http://127.0.0.1:8484`
  const std::string& address() const;
  /// A link that signs the operating system's user in as an owner, once, for two minutes.
  Result<std::string> sign_in_link(const std::string& os_user);
  /// Requests that are being answered may end. Jobs stop after at most one unit of work.
  void stop();

 private:
  class State;
  explicit ApiServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace apportion
