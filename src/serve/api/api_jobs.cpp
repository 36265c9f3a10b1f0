#include "serve/api/api_jobs.h"

#include <utility>

#include "application/writable_workspace.h"
#include "foundation/base/next_step.h"

namespace apportion {
namespace {

constexpr std::size_t kWaitingMax = 20;

Error busy_error(std::string why) {
  return Error{ErrorId::kServiceBusy, "the service has too much to do", "", std::move(why),
               "try again once some of the work is done: " + step(Step::kListJobs)};
}

}  // namespace

ApiJobs::~ApiJobs() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.wait();
  const Error stopped = cancelled_error("job");
  for (Waiting& waiting : waiting_) waiting.job.end(&stopped);
}

Result<JobId> ApiJobs::start(std::unique_ptr<Workspace> workspace, const std::string& kind, const std::string& subject,
                             Work work) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingMax) return busy_error("as many jobs are waiting as may wait");
  if (!is_started_) is_started_ = thread_.start([this] { run(); });
  if (!is_started_) return busy_error("the system gives the service no thread for it");
  workspace->cancel = stop_.child();
  workspace->patience = kPatienceWithoutEnd;
  APPORTION_ASSIGN(RunningJob job, RunningJob::begin(*workspace, kind, subject));
  const JobId id = job.id();
  waiting_.push_back({std::move(workspace), std::move(job), std::move(work)});
  changed_.notify_all();
  return id;
}

void ApiJobs::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    finish(next);
    lock.lock();
  }
}

void ApiJobs::finish(Waiting& waiting) {
  auto result = waiting.workspace->cancel.requested() ? Result<nlohmann::ordered_json>(cancelled_error("job"))
                                                      : waiting.work(*waiting.workspace);
  if (result) {
    waiting.job.end(nullptr, result->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    waiting.job.end(&result.error());
  }
}

}  // namespace apportion
