#include <array>

#include <fmt/format.h>

#include "application/run_queue.h"
#include "application/worker_documents.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"

namespace apportion {
namespace {

WorkerName worker_of(const ApiCall& call) { return {call.who.actor, *text_field(call.body, "worker")}; }

RunQueue& queue_of(const ApiCall& call) { return *call.service.run_queue(); }

ApiAnswer done() {
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

// What both send one another, and what files of the lake hold, belongs to one version.
Result<void> check_version(const ApiCall& call, const std::string& version) {
  const std::string& own = call.service.options().version;
  if (version == own) return ok();
  return Error{ErrorId::kWorkerVersionDiffers, "the worker and the service are of different versions", "version",
               fmt::format("the worker is {}, the service {}", version, own), "install the same version on both"};
}

Result<ApiAnswer> get_lake(ApiCall& call) {
  APPORTION_TRY(check_version(call, *call.query_value("version")));
  const RunQueue& queue = queue_of(call);
  ApiAnswer answer;
  answer.body = {{"version", call.service.options().version},
                 {"folder", queue.mark()},
                 {"seconds", std::chrono::duration_cast<std::chrono::seconds>(queue.lasts()).count()}};
  return answer;
}

Result<ApiAnswer> take_runs(ApiCall& call) {
  APPORTION_TRY(check_version(call, *text_field(call.body, "version")));
  APPORTION_ASSIGN(const auto lease, queue_of(call).take(worker_of(call)));
  ApiAnswer answer;
  answer.body = Json::object();
  if (lease) answer.body["lease"] = lease_json(*lease);
  return answer;
}

Result<ApiAnswer> renew_lease(ApiCall& call) {
  const LeaseProgress progress{static_cast<std::size_t>(*number_field(call.body, "run")),
                               *number_field(call.body, "rows"), *number_field(call.body, "bytes")};
  APPORTION_TRY(queue_of(call).renew(worker_of(call), call.path("lease"), progress));
  return done();
}

Result<ApiAnswer> answer_runs(ApiCall& call) {
  APPORTION_ASSIGN(auto rows, answer_of_json(call.body));
  APPORTION_TRY(queue_of(call).answer(worker_of(call), call.path("lease"), std::move(rows)));
  return done();
}

Result<ApiAnswer> return_runs(ApiCall& call) {
  APPORTION_TRY(queue_of(call).give_back(worker_of(call), call.path("lease"), *text_field(call.body, "why")));
  return done();
}

Result<ApiAnswer> end_worker(ApiCall& call) {
  queue_of(call).leave(worker_of(call));
  return done();
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getLake", Right::kTakeRuns, Effect::kReads, &get_lake},
    {"takeRuns", Right::kTakeRuns, Effect::kChanges, &take_runs},
    {"renewLease", Right::kTakeRuns, Effect::kChanges, &renew_lease},
    {"answerRuns", Right::kTakeRuns, Effect::kChanges, &answer_runs},
    {"returnRuns", Right::kTakeRuns, Effect::kChanges, &return_runs},
    {"endWorker", Right::kTakeRuns, Effect::kChanges, &end_worker},
});

}  // namespace

std::span<const Operation> worker_operations() { return kOperations; }

}  // namespace apportion
