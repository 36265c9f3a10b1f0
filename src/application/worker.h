/// A worker: reads runs for a service on another machine, and writes their files into the lake that both see. It opens
/// no control plane.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "application/azure_sessions.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct WorkerRequest {
  std::string coordinator;     ///< URL of the service.
  std::string token;           ///< Of the role `worker`.
  std::filesystem::path lake;  ///< Where this machine sees the lake of the service.
  std::string name;            ///< What the service calls it in what it says.
  std::string version;         ///< Of this program.
  int threads = 0;             ///< 0: one per processor.
  int leases = 0;  ///< End after this many; 0: run until it is stopped.
};

/// Hears what a worker does.
class WorkerWatch {
 public:
  WorkerWatch() = default;
  WorkerWatch(const WorkerWatch&) = delete;
  WorkerWatch& operator=(const WorkerWatch&) = delete;
  virtual ~WorkerWatch() = default;
  virtual void ready(const std::string& coordinator) = 0;
  virtual void reads(const std::string& run) = 0;
  virtual void wrote(std::int64_t rows, std::size_t runs) = 0;
  /// Runs that others read now, and why.
  virtual void dropped(const Error& why) = 0;
  /// The service does not answer; the worker asks again and again.
  virtual void waits(const Error& why) = 0;
};

/// Takes runs until it is stopped, or as many leases as were asked for. A service that is not there is waited for.
/// Errors: kUrlInvalid, kAddressNotProtected; kSignInRefused and kNotAllowed for the token; kWorkerVersionDiffers,
/// kWorkerLakeDiffers, kWorkerCoordinatorUnknown.
Result<void> run_worker(const WorkerRequest& request, const Environment& environment, const Cancel& cancel,
                        WorkerWatch& watch);

}  // namespace apportion
