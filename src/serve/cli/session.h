/// Session: one run of the program, as its command sees it: the options that all commands have, the console, the home.
#pragma once

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

/// What a command answers when nothing stopped it: most often 0. An Error brings its own exit code.
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
  std::optional<Day> today;         ///< The day to act as if; unset: the system's UTC day.
  int threads = 0;                  ///< 0: one a processor.
  int memory_mib = 0;               ///< For queries; 0: as the workspace has it.
  std::optional<int> wait_seconds;  ///< For another process that publishes; unset: as the workspace has it.
};

/// What a command may need from around the process.
struct SessionWorld {
  std::function<std::optional<std::string>(const char*)> variable;
  std::istream* input = nullptr;  ///< Standard input; not owned.
  bool input_is_terminal = false;
  std::function<std::int64_t()> epoch_seconds;  ///< Wall clock, UTC, whatever `--today` says: for signing in.
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
  /// The person at the terminal: one of the partner's own people.
  Caller caller() const;
  /// The wish to stop the command, which an interrupt makes.
  const Cancel& cancel() const { return cancel_; }
  /// For a gateway to Azure; the console must outlive it.
  AzureWorld azure_world() const;

  /// A failure of the engine or of the control plane may come from damage: then that is the error.
  Error explained(Error error) const;

  /// The home as the command line wants it. Errors: kHomeUnknown.
  Result<HomeRequest> home_request() const;
  /// Opens the home for reading.
  Result<Workspace> open(OnDamage on_damage = OnDamage::kRefuse) const;
  /// Opens the home, waits for the right to change what it publishes, and clears away what a crash left. The session
  /// keeps the workspace until the next call. Errors: kHomeLocked.
  Result<WritableWorkspace> open_for_writing(OnDamage on_damage = OnDamage::kRefuse);

 private:
  GlobalOptions options_;
  Console* console_;
  SessionWorld world_;
  Clock clock_;
  Cancel cancel_;
  std::unique_ptr<Workspace> workspace_;  // the one that is open for writing
};

/// What a command does once the command line is read.
using Action = std::function<Result<ExitCode>(Session&)>;

/// For a session whose `home` is empty.
Error no_home_error();

/// Where the home lies when nobody says: `$XDG_DATA_HOME/apportion`, else `~/.local/share/apportion`. Empty when the
/// environment tells neither. `variable` reads an environment variable; an empty one counts as none.
std::filesystem::path default_home(const std::function<std::optional<std::string>(const char*)>& variable);

}  // namespace apportion
