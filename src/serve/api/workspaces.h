/// Workspaces for requests: opened once, lent to one request at a time, all with one database of the engine and the
/// same cubes in memory.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "application/open_home.h"
#include "foundation/base/result.h"

namespace apportion {

class Workspaces;

/// The right to use a workspace, which goes back at the end of the lease.
class WorkspaceLease {
 public:
  WorkspaceLease(WorkspaceLease&& other) noexcept = default;
  WorkspaceLease& operator=(WorkspaceLease&&) = delete;
  ~WorkspaceLease();

  Workspace& operator*() const { return *workspace_; }
  Workspace* operator->() const { return workspace_.get(); }

 private:
  friend class Workspaces;
  WorkspaceLease(Workspaces& owner, std::unique_ptr<Workspace> workspace, std::chrono::steady_clock::time_point opened)
      : owner_(&owner), workspace_(std::move(workspace)), opened_(opened) {}
  Workspaces* owner_;
  std::unique_ptr<Workspace> workspace_;  // null once moved from
  std::chrono::steady_clock::time_point opened_;
};

/// Thread-safe. Must outlive its leases.
class Workspaces {
 public:
  /// `request` says everything but the caller and the cancel of each lease.
  explicit Workspaces(HomeRequest request) : request_(std::move(request)) {}

  /// A workspace is opened again after a minute, since another home may have taken the place of this one. Once a
  /// minute, one request looks for damage, and nobody waits for it. Errors: those of `open_home`.
  Result<WorkspaceLease> lend(const Caller& caller, const Cancel& cancel);

 private:
  friend class WorkspaceLease;
  struct Idle {
    std::unique_ptr<Workspace> workspace;
    std::chrono::steady_clock::time_point opened;
  };
  Result<std::unique_ptr<Workspace>> open(const Caller& caller, const Cancel& cancel);
  Result<void> check(const Workspace& workspace);
  bool was_checked(std::chrono::steady_clock::duration within) const;
  void take_back(std::unique_ptr<Workspace> workspace, std::chrono::steady_clock::time_point opened);
  std::optional<Idle> take_idle();

  HomeRequest request_;
  mutable std::mutex mutex_;
  std::mutex check_mutex_;                                         // held by who looks for damage
  std::optional<std::chrono::steady_clock::time_point> sound_at_;  // nothing: damaged, or never looked at
  std::vector<Idle> idle_;
  std::shared_ptr<SharedEngineDatabase> engine_database_ = std::make_shared<SharedEngineDatabase>();
  std::optional<std::shared_ptr<KeptCells>> kept_cells_;  // as the settings said when the first workspace was opened
};

}  // namespace apportion
