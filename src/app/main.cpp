// The program: passes what the system provides to the command line, and nothing else.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "foundation/base/result.h"
#include "serve/cli/command_line.h"

namespace {

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<int> terminal_width(int descriptor) {
  if (::isatty(descriptor) == 0) return std::nullopt;
  winsize size{};
  constexpr int kUsualWidth = 80;
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

/// Whether the reader of our output has gone, as `head` does once it has enough.
bool reader_is_gone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/// Runs in a thread: passes on the first signal, and ends the process at the second, or if the command has not ended by
/// itself shortly afterwards.
void wait_for_interrupt(const sigset_t& signals, const apportion::Interrupt& interrupt) {
  int signal = 0;
  ::sigwait(&signals, &signal);
  interrupt.request();
  const auto patience = interrupt.patience();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timespec time{seconds.count(), std::chrono::nanoseconds(patience - seconds).count()};
  ::sigtimedwait(&signals, nullptr, &time);
  std::cerr << interrupt.last_words << std::flush;
  std::_Exit(apportion::exit_code(apportion::ErrorKind::kCancelled));
}

/// Handles the signals that ask for an end in a thread of its own. Called before other threads start, so that they
/// inherit the mask; the thread lives as long as the process. Without a thread, signals end the process as usual.
void tell_interrupts(apportion::Interrupt interrupt) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    std::thread([signals, interrupt = std::move(interrupt)] { wait_for_interrupt(signals, interrupt); }).detach();
  } catch (const std::system_error&) {
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }
}

/// Empty where the system does not say it.
std::filesystem::path program_folder() {
  std::error_code failure;
  return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
}

/// A core dump would contain secrets: none is written or passed to a collector.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

/// A report over many months opens many files; a limit on file size is reported where a file is written.
void take_what_the_system_gives() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  forbid_core_dumps();
  take_what_the_system_gives();
  std::ios::sync_with_stdio(false);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is noticed on writing, and interrupts nothing
  apportion::ProgramEnvironment environment;
  environment.arguments.assign(argv + 1, argv + argc);
  environment.data = &std::cout;
  environment.talk = &std::cerr;
  environment.data_width = terminal_width(STDOUT_FILENO);
  environment.talk_is_terminal = ::isatty(STDERR_FILENO) != 0;
  environment.variable = environment_variable;
  environment.input = &std::cin;
  environment.input_is_terminal = ::isatty(STDIN_FILENO) != 0;
  environment.on_interrupt = tell_interrupts;
  environment.epoch_seconds = [] { return static_cast<std::int64_t>(std::time(nullptr)); };
  environment.program_folder = program_folder();
  const int code = apportion::run_command_line(environment);
  const int failed = apportion::exit_code(apportion::ErrorKind::kStorage);
  if (std::cout.flush()) return code;
  if (reader_is_gone()) return code == failed ? 0 : code;
  std::cerr << "apportion: the output could not be written\n  where: standard output\n"
               "  next: check whether the disk is full, then run the command again\n";
  return failed;
}
