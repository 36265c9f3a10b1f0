/// The command line of the program: reads arguments, runs one command, and answers with the exit code.
///
/// docs/cli.md describes the commands, docs/exit-codes.md the exit codes. Everything from outside is handed in, so
/// tests run whole commands in their own process. Threads: one command line at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace apportion {

/// What happens when someone asks the program to stop (Ctrl-C, a service manager).
struct Interrupt {
  std::function<void()> request;  ///< Called immediately, from another thread.
  /// How long it may take to end by itself; longer once it serves others, who get their answers first.
  std::function<std::chrono::milliseconds()> patience;
  /// For standard error, if the command does not end by itself in that time. Every change to a home is made completely
  /// or not at all, so the process may end at any instant.
  std::string last_words;
};

struct ProgramEnvironment {
  std::vector<std::string> arguments;  ///< Without the name of the program.
  std::ostream* data = nullptr;        ///< Standard output; not owned.
  std::ostream* talk = nullptr;        ///< Standard error; not owned.
  std::optional<int> data_width;  ///< Columns of the terminal that shows the data; nothing if it is not a terminal.
  bool talk_is_terminal = false;
  /// An environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const char*)> variable;
  std::istream* input = nullptr;   ///< Standard input; not owned. Null: nothing can be read.
  bool input_is_terminal = false;  ///< Questions may be asked.
  /// Sets what an interrupt does from now on. Empty: nothing is set.
  std::function<void(Interrupt)> on_interrupt;
  std::function<std::int64_t()> epoch_seconds;  ///< Seconds since 1970, UTC.
  std::filesystem::path program_folder;         ///< Where the program is; empty if that is unknown.
};

/// Runs the command that the arguments name. Returns the exit code. Every error has been reported on `talk`, except
/// that `data` accepts no more: the caller, who knows what the stream is, sees it in the stream.
int run_command_line(const ProgramEnvironment& environment);

}  // namespace apportion
