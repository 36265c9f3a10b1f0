#include "serve/api/workspaces.h"

#include <optional>
#include <utility>

#include "application/reading.h"

namespace apportion {
namespace {

constexpr std::chrono::minutes kOpenFor{1};

}  // namespace

WorkspaceLease::~WorkspaceLease() {
  if (workspace_ != nullptr) owner_->take_back(std::move(workspace_), opened_);
}

Result<WorkspaceLease> Workspaces::lend(const Caller& caller, const Cancel& cancel) {
  if (auto idle = take_idle()) {
    act_for(*idle->workspace, caller, cancel);
    return WorkspaceLease(*this, std::move(idle->workspace), idle->opened);
  }
  HomeRequest request = request_;
  request.caller = caller;
  request.cancel = cancel;
  APPORTION_ASSIGN(Workspace opened, open_home(request));
  opened.engine_database = engine_database_;
  {
    const std::lock_guard lock(mutex_);
    if (!kept_cells_) {
      APPORTION_ASSIGN(kept_cells_, make_kept_cells(opened));
    }
    opened.kept_cells = *kept_cells_;
  }
  return WorkspaceLease(*this, std::make_unique<Workspace>(std::move(opened)), std::chrono::steady_clock::now());
}

std::optional<Workspaces::Idle> Workspaces::take_idle() {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    if (std::chrono::steady_clock::now() - idle.opened < kOpenFor) return idle;
  }
  return std::nullopt;
}

void Workspaces::take_back(std::unique_ptr<Workspace> workspace, std::chrono::steady_clock::time_point opened) {
  const std::lock_guard lock(mutex_);
  idle_.push_back({std::move(workspace), opened});
}

}  // namespace apportion
