/// The command line of the program: reads arguments, runs one command, and answers with the exit code.
///
/// docs/cli.md describes the commands, docs/exit-codes.md the exit codes. Everything from outside is handed in, so
/// tests run whole commands in their own process. Threads: one command line at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace apportion {

/// What happens when somebody wishes the program to stop (Ctrl-C, a service manager).
struct Interrupt {
  std::function<void()> request;  ///< Called at once, from another thread.
  /// For standard error, when the command does not end by itself soon after. Every change of a home is made whole or
  /// not at all, so that the process may end at any instant.
  std::string last_words;
};

struct ProgramEnvironment {
  std::vector<std::string> arguments;  ///< Without the name of the program.
  std::ostream* data = nullptr;        ///< Standard output; not owned.
  std::ostream* talk = nullptr;        ///< Standard error; not owned.
  std::optional<int> data_width;       ///< Columns of the terminal that shows the data; nothing when it is no terminal.
  bool talk_is_terminal = false;
  /// An environment variable; nothing when it is not set.
  std::function<std::optional<std::string>(const char*)> variable;
  std::istream* input = nullptr;   ///< Standard input; not owned. Not there: nothing can be read.
  bool input_is_terminal = false;  ///< Questions may be asked.
  /// Says what an interrupt does from now on. Not there: nothing is told.
  std::function<void(Interrupt)> on_interrupt;
  std::function<std::int64_t()> epoch_seconds;  ///< Seconds since 1970, UTC.
};

/// Runs the command that the arguments name. Returns the exit code; every error was reported on `talk`, but that `data`
/// took no more: the caller, who knows what the stream is, sees it in the stream.
int run_command_line(const ProgramEnvironment& environment);

}  // namespace apportion
