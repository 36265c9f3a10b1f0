/// Session: one run of the program, as its command sees it: the options of every command, the console, the home.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "application/open_home.h"
#include "foundation/base/cancel.h"
#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "serve/cli/console.h"

namespace apportion {

struct AzureWorld;

/// What a command returns if nothing stopped it: usually 0. An Error has its own exit code.
using ExitCode = int;
inline constexpr ExitCode kExitDone = 0;
inline constexpr ExitCode kExitCheckFailed = 1;
inline constexpr ExitCode kExitBadInput = 3;

/// Options of every command, before or after its name.
struct GlobalOptions {
  std::filesystem::path home;  ///< Made absolute.
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::optional<Day> today;  ///< The day to act as if; unset: the system's UTC day.
  int threads = 0;           ///< 0: one per processor.
  int memory_mib = 0;        ///< For queries; 0: the workspace's default.
  /// For another process that is publishing; unset: the workspace's default.
  std::optional<std::int64_t> wait_seconds;
};

/// What a command may need from outside the process.
struct SessionWorld {
  std::function<std::optional<std::string>(const char*)> variable;
  std::istream* input = nullptr;  ///< Standard input; not owned.
  bool input_is_terminal = false;
  std::function<std::int64_t()> epoch_seconds;  ///< Wall clock, UTC, whatever `--today` says: for signing in.
  std::filesystem::path program_folder;         ///< Empty if it is unknown.
};

class Session {
 public:
  /// The console must outlive the session.
  Session(GlobalOptions options, Console& console, SessionWorld world);

  Console& console() { return *console_; }
  const GlobalOptions& options() const { return options_; }
  const SessionWorld& world() const { return world_; }
  bool json() const { return options_.json; }
  const Clock& clock() const { return clock_; }
  /// The person at the terminal, who belongs to the partner.
  Caller caller() const;
  /// The request to stop the command, made by an interrupt.
  const Cancel& cancel() const { return cancel_; }
  /// How long the command may take to end once it was interrupted; whoever needs more time sets it.
  const std::shared_ptr<std::atomic<std::chrono::milliseconds>>& patience() const { return patience_; }
  /// For a gateway to Azure; the console must outlive it.
  AzureWorld azure_world() const;

  /// A failure of the engine or the control plane may be caused by damage: then the damage is the error.
  Error explained(Error error) const;

  /// The home as the command line wants it. Errors: kHomeUnknown.
  Result<HomeRequest> home_request() const;
  /// Opens the home for reading.
  Result<Workspace> open(OnDamage on_damage = OnDamage::kRefuse) const;
  /// Opens the home, waits for the lock to publish, and cleans up after a crash. The session keeps the workspace until
  /// the next call. Errors: kHomeLocked.
  Result<WritableWorkspace> open_for_writing(OnDamage on_damage = OnDamage::kRefuse);

 private:
  GlobalOptions options_;
  Console* console_;
  SessionWorld world_;
  Clock clock_;
  Cancel cancel_;
  std::shared_ptr<std::atomic<std::chrono::milliseconds>> patience_ =
      std::make_shared<std::atomic<std::chrono::milliseconds>>(std::chrono::milliseconds(1500));
  std::unique_ptr<Workspace> workspace_;  // the one that is open for writing
};

/// What a command does once the command line has been read.
using Action = std::function<Result<ExitCode>(Session&)>;

/// For a session whose `home` is empty.
Error no_home_error();

/// The default home: `$XDG_DATA_HOME/apportion`, or else `~/.local/share/apportion`. Empty if neither is known.
/// `variable` reads an environment variable; an empty one counts as unset.
std::filesystem::path default_home(const std::function<std::optional<std::string>(const char*)>& variable);

}  // namespace apportion
