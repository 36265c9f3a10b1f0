/// The REST API: the caller, their rights, and how requests are answered. The answers themselves are those of
/// `application` and `query`, as the command line has them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "application/azure_sessions.h"
#include "application/identities.h"
#include "application/identity_provider.h"
#include "application/kept_answers.h"
#include "application/open_home.h"
#include "application/provider_sign_ins.h"
#include "application/run_queue.h"
#include "application/uploads.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "serve/api/api_jobs.h"
#include "serve/api/contract.h"
#include "serve/api/cursor.h"
#include "serve/api/metrics.h"
#include "serve/api/operation.h"
#include "serve/api/problem.h"
#include "serve/api/remembered_answers.h"
#include "serve/api/workspaces.h"
#include "serve/http/http_exchange.h"

namespace apportion {

struct ApiOptions {
  HomeRequest home;  ///< Its cancel ends the jobs.
  AzureWorld azure;
  PeopleWorld people;
  std::function<std::int64_t()> epoch_seconds;       ///< Wall clock.
  std::function<void(const std::string& line)> log;  ///< Takes one line of JSON; may be called by any thread.
  std::string version;
};

/// Thread-safe.
class ApiService final : public HttpHandler {
 public:
  /// Errors: those of opening the home.
  /// `run_queue`: of the service that runs beside it.
  static Result<std::unique_ptr<ApiService>> open(ApiOptions options, std::shared_ptr<RunQueue> run_queue);

  HttpAdmission admit(const HttpRequestHead& head) override;
  std::string line_of(const HttpRequestHead& head) const override;
  std::shared_ptr<HttpBodySink> receive(const HttpRequestHead& head, const Cancel& cancel) override;
  ServerResponse answer(const ServerRequest& request, const Cancel& cancel) override;
  ServerResponse fault(const HttpFault& fault, const HttpRequestHead& head) override;
  void answered(const HttpRequestHead& head, int status, std::int64_t bytes, std::chrono::microseconds took) override;

  // For the operations.
  const ApiOptions& options() const { return options_; }
  Identities& identities() { return identities_; }
  ProviderSignIns& provider_sign_ins() { return provider_sign_ins_; }
  HttpTransport& provider_transport() { return *provider_transport_; }
  Workspaces& workspaces() { return workspaces_; }
  ApiJobs& jobs() { return jobs_; }
  Uploads& uploads() { return uploads_; }
  CursorSealer& cursors() { return cursors_; }
  RememberedAnswers& remembered_answers() { return remembered_answers_; }
  RememberedInvoices& remembered_invoices() { return remembered_invoices_; }
  RememberedMigrations& remembered_migrations() { return remembered_migrations_; }
  const RequestMetrics& metrics() const { return metrics_; }
  const std::shared_ptr<RunQueue>& run_queue() const { return run_queue_; }
  /// All jobs that are remembered, as they were half a second ago at most: for everybody who watches them.
  Result<std::shared_ptr<const std::vector<Job>>> recent_jobs();
  /// Writes a line to the log: what happened, and why it failed if it did.
  void log_event(std::string_view event, const Error* error) const;
  /// A workspace for work in the background, which acts for the caller. Errors: those of opening the home.
  Result<std::unique_ptr<Workspace>> own_workspace(const Caller& caller) const;

 private:
  struct Route {
    const ContractOperation* contract = nullptr;
    const Operation* operation = nullptr;
  };
  struct Asked;  // what is known of the caller

  ApiService(ApiOptions options, Home home, Identities identities, std::unique_ptr<KeptAnswers> kept_answers,
             std::shared_ptr<RunQueue> run_queue);
  Route route_of(const HttpRequestHead& head) const;
  std::string methods_at(const HttpRequestHead& head) const;
  Result<void> check_route(const HttpRequestHead& head, const Route& route) const;
  Result<Asked> who_asks(const HttpRequestHead& request, const Operation& operation, const Cancel& cancel);
  Result<void> audit_acting(const Asked& asked);
  Result<void> act_as_customer(const ServerRequest& request, const Operation& operation, const Cancel& cancel,
                               Asked& asked);
  Result<ApiAnswer> answered_by(const ServerRequest& request, const Route& route, const Asked& asked,
                                const Cancel& cancel);
  Result<ApiAnswer> answer_once(ApiCall& call, const Operation& operation);
  ServerResponse response_of(const ServerRequest& request, ApiAnswer answer) const;
  ServerResponse refusal(const Error& error, const HttpRequestHead& head, Reader reader) const;
  void log_failure(const Error& error, const HttpRequestHead& head, const std::string& actor) const;

  ApiOptions options_;
  Identities identities_;
  std::unique_ptr<HttpTransport> provider_transport_;
  ProviderSignIns provider_sign_ins_;  // after what it refers to
  Workspaces workspaces_;
  Uploads uploads_;
  ApiJobs jobs_;  // after what its work refers to
  CursorSealer cursors_;
  static constexpr std::int64_t kBytesOfAnswers = std::int64_t{48} << 20;
  RememberedAnswers remembered_answers_{kBytesOfAnswers};
  static constexpr std::int64_t kBytesOfInvoices = std::int64_t{96} << 20;
  RememberedInvoices remembered_invoices_{kBytesOfInvoices};
  static constexpr std::int64_t kBytesOfMigrations = std::int64_t{96} << 20;
  RememberedMigrations remembered_migrations_{kBytesOfMigrations};
  RequestMetrics metrics_;
  std::unique_ptr<KeptAnswers> kept_answers_;
  mutable std::mutex mutex_;
  std::map<std::string, int> running_;  // requests of each actor
  std::mutex jobs_mutex_;
  std::shared_ptr<const std::vector<Job>> recent_jobs_;
  std::chrono::steady_clock::time_point recent_jobs_at_;
  std::map<std::string, std::int64_t> acted_as_;  // actor and customer, and when that was audited
  std::shared_ptr<RunQueue> run_queue_;
};

}  // namespace apportion
