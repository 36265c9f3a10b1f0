#include <array>
#include <map>

#include <fmt/format.h>

#include "application/jobs.h"
#include "foundation/base/next_step.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/job_document.h"

namespace apportion {
namespace {

Result<ApiAnswer> list_all_jobs(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto jobs, list_jobs(call.caller, *workspace, call.query_flag("all")));
  ApiAnswer answer;
  APPORTION_ASSIGN(answer.body, page_of(call, jobs, job_json));
  return answer;
}

// Those that may operate the service see all jobs, others their own.
bool may_see(const Identity& who, const Job& job) {
  return has_right(who.role, Right::kOperate) || job.actor == who.actor;
}

Error no_such_job(const ApiCall& call) {
  return Error{ErrorId::kNoSuchJob, "there is no such job", fmt::format("job {}", call.path("job")), "",
               "see which there are: " + step(Step::kListAllJobs)};
}

// The job that the call is about.
Result<Job> job_of(const ApiCall& call, const Workspace& workspace) {
  const JobId id(std::stoll(call.path("job")));
  APPORTION_ASSIGN(Job job, job_with_id(call.caller, workspace, id));
  if (!may_see(call.who, job)) return no_such_job(call);
  return job;
}

Result<ApiAnswer> get_job(ApiCall& call) {
  if (!is_for_partner(call)) return no_such_job(call);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Job job, job_of(call, *workspace));
  ApiAnswer answer;
  answer.body = job_json(job);
  APPORTION_ASSIGN(const auto result, result_of_job(call.caller, *workspace, job.id));
  if (!result) return answer;
  if (result->document) {
    APPORTION_ASSIGN(answer.body["result"], kept_document(*result->document, fmt::format("job {}", job.id.raw())));
  } else {
    answer.body["result_gone"] =
        fmt::format("it had {} bytes; results that are too large or too old are not kept", result->bytes);
  }
  return answer;
}

Result<ApiAnswer> stop_running_job(ApiCall& call) {
  if (!is_for_partner(call)) return no_such_job(call);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Job running, job_of(call, *workspace));
  APPORTION_TRY(stop_job(call.caller, *workspace, running.id));
  APPORTION_ASSIGN(const Job stopped, job_of(call, *workspace));
  ApiAnswer answer;
  answer.body = job_json(stopped);
  return answer;
}

// Reports jobs whenever something about them changes.
class JobEvents final : public HttpBodySource {
 public:
  JobEvents(ApiService& service, Identity who) : service_(&service), who_(std::move(who)) {}

  Result<State> next(std::string& chunk) override {
    chunk.clear();
    if (++rounds_ % kRoundsBetweenLooks == 0) {
      APPORTION_ASSIGN(const bool is_current, service_->identities().is_current(who_));
      if (!is_current) return State::kEnd;
    }
    APPORTION_ASSIGN(const auto jobs, service_->recent_jobs());
    for (const Job& job : *jobs) {
      if (!may_see(who_, job)) continue;
      const std::string text = told_document(job_json(job), service_->options().home.folder)
                                   .dump(-1, ' ', false, Json::error_handler_t::replace);
      std::string& told = told_[job.id];
      if (told == text) continue;
      const bool is_news = began_ || job.state == JobState::kRunning;
      told = text;
      if (is_news) chunk += fmt::format("event: job\nid: {}\ndata: {}\n\n", job.id.raw(), text);
    }
    // A comment keeps the connection from looking idle.
    if (!began_ || rounds_ % kRoundsBetweenLooks == 0) chunk += ": here\n\n";
    began_ = true;
    return State::kWait;
  }

 private:
  static constexpr int kRoundsBetweenLooks = 10;

  ApiService* service_;
  Identity who_;
  std::map<JobId, std::string> told_;
  bool began_ = false;
  int rounds_ = 0;
};

Result<ApiAnswer> watch_events(ApiCall& call) {
  if (!is_for_partner(call)) {
    return Error{ErrorId::kNoSuchResource, "there is no such resource", "", "", "there are no jobs to watch"};
  }
  ApiAnswer answer;
  answer.content_type = "text/event-stream";
  answer.headers.add("Cache-Control", "no-store");
  answer.headers.add("X-Accel-Buffering", "no");
  answer.source = std::make_unique<JobEvents>(call.service, call.who);
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listJobs", Right::kOperate, Effect::kReads, &list_all_jobs},
    {"getJob", Right::kSignedIn, Effect::kReads, &get_job},
    {"stopJob", Right::kSignedIn, Effect::kChanges, &stop_running_job},
    {"watchEvents", Right::kSignedIn, Effect::kReads, &watch_events},
});

}  // namespace

std::span<const Operation> job_operations() { return kOperations; }

}  // namespace apportion
