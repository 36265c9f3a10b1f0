/// Long work that requests start: done one after another in the background, visible as jobs, with what they come to.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "application/jobs.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/base/threads.h"

namespace apportion {

/// Thread-safe.
class ApiJobs {
 public:
  /// What a job does; returns what came of it. The workspace acts for who asked.
  using Work = std::function<Result<nlohmann::ordered_json>(Workspace& workspace)>;

  /// `stop` ends all jobs.
  explicit ApiJobs(const Cancel& stop) : stop_(stop) {}
  ApiJobs(const ApiJobs&) = delete;
  ApiJobs& operator=(const ApiJobs&) = delete;
  /// Waits for the job that runs; those that wait are recorded as stopped.
  ~ApiJobs();

  /// Begins a job. `workspace` is its own. Errors: kServiceBusy when too many wait.
  Result<JobId> start(std::unique_ptr<Workspace> workspace, const std::string& kind, const std::string& subject,
                      Work work);

 private:
  struct Waiting {
    std::unique_ptr<Workspace> workspace;
    RunningJob job;
    Work work;
  };
  void run();
  void finish(Waiting& waiting);

  Cancel stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  bool is_started_ = false;
  bool is_ending_ = false;
  Threads thread_;
};

}  // namespace apportion
