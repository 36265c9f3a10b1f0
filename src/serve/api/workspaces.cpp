#include "serve/api/workspaces.h"

#include <optional>
#include <utility>

#include "application/home_damage.h"
#include "application/reading.h"

namespace apportion {
namespace {

constexpr std::chrono::minutes kOpenFor{1};
constexpr std::chrono::minutes kSoundFor{1};

}  // namespace

WorkspaceLease::~WorkspaceLease() {
  if (workspace_ != nullptr) owner_->take_back(std::move(workspace_), opened_);
}

Result<WorkspaceLease> Workspaces::lend(const Caller& caller, const Cancel& cancel) {
  auto found = take_idle();
  if (!found) {
    APPORTION_ASSIGN(auto opened, open(caller, cancel));
    found = Idle{std::move(opened), std::chrono::steady_clock::now()};
  }
  act_for(*found->workspace, caller, cancel);
  APPORTION_TRY(check(*found->workspace));
  return WorkspaceLease(*this, std::move(found->workspace), found->opened);
}

Result<std::unique_ptr<Workspace>> Workspaces::open(const Caller& caller, const Cancel& cancel) {
  HomeRequest request = request_;
  request.caller = caller;
  request.cancel = cancel;
  APPORTION_ASSIGN(Workspace opened, open_home(request, OnDamage::kGoOn));
  opened.engine_database = engine_database_;
  const std::lock_guard lock(mutex_);
  if (!kept_cells_) {
    APPORTION_ASSIGN(kept_cells_, make_kept_cells(opened));
  }
  opened.kept_cells = *kept_cells_;
  return std::make_unique<Workspace>(std::move(opened));
}

// Of a home that was sound, one request looks; of any other, each must know.
Result<void> Workspaces::check(const Workspace& workspace) {
  if (was_checked(kSoundFor)) return ok();
  std::unique_lock turn(check_mutex_, std::defer_lock);
  if (!was_checked(std::chrono::steady_clock::duration::max())) {
    turn.lock();
  } else if (!turn.try_lock()) {
    return ok();
  }
  if (was_checked(kSoundFor)) return ok();
  auto checked = look_for_damage(workspace);
  const std::lock_guard lock(mutex_);
  sound_at_ = checked ? std::optional(std::chrono::steady_clock::now()) : std::nullopt;
  return checked;
}

bool Workspaces::was_checked(std::chrono::steady_clock::duration within) const {
  const std::lock_guard lock(mutex_);
  return sound_at_ && std::chrono::steady_clock::now() - *sound_at_ < within;
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
