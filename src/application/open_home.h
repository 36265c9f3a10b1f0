/// Opening a home for somebody: whether it is sound, what its settings say, who acts, and how long to wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "application/writable_workspace.h"
#include "foundation/base/cancel.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// What to do about a damaged control plane when a home is opened.
enum class OnDamage {
  kRefuse,  ///< Nothing is read from it, and nothing is changed.
  kGoOn,    ///< For those that look for damage, and for those that rewrite damaged rows.
};

struct HomeRequest {
  std::filesystem::path folder;
  Clock clock;
  Caller caller;           ///< Whose changes stand in the audit log.
  Talk talk = {};          ///< As the workspace's.
  ImportWatch watch = {};  ///< As the workspace's.
  Cancel cancel = {};
  int threads = 0;                                         ///< 0: as the settings say, else one a processor.
  std::int64_t memory_mib = 0;                             ///< For queries; 0: as the settings say.
  std::optional<std::chrono::milliseconds> patience = {};  ///< Unset: as the workspace has it.
};

/// A folder that is made a home, unless it is one.
struct MadeHome {
  std::filesystem::path folder;
  bool was_there = false;  ///< Then nothing was changed.
};
Result<MadeHome> make_home(const std::filesystem::path& folder);

/// Errors: there is no home in the folder; its control plane is damaged, or of a newer version.
Result<Workspace> open_home(const HomeRequest& request, OnDamage on_damage = OnDamage::kRefuse);

/// From now on, an open workspace acts for another caller, who may ask it to stop.
void act_for(Workspace& workspace, const Caller& caller, const Cancel& cancel);

/// Waits for the right to change what the home publishes, and clears away what a crash left; `removed` hears of each.
/// Errors: kHomeLocked, kInterrupted.
Result<WritableWorkspace> begin_editing(Workspace& workspace, OnDamage on_damage,
                                        const std::function<void(const std::string& path)>& removed);

/// A failure of the engine or of the control plane may come from damage: then that is the error.
Error explained_by_damage(const Workspace& workspace, Error error);
/// Whether it is such a failure.
bool may_come_from_damage(const Error& error);

}  // namespace apportion
