#include "serve/cli/pager.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr int kShellDidNotRun = 127;  // what shells return for a command they did not find

bool is_installed(std::string_view program, const std::optional<std::string>& path) {
  if (!path) return false;
  for (const std::string_view folder : split_text(*path, ':')) {
    if (!folder.empty() && ::access((std::filesystem::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// Gives the terminal to a process group. A background process may do so only while it ignores the signal.
void give_terminal(pid_t group) {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGTTOU, &ignore, &before);
  ::tcsetpgrp(STDOUT_FILENO, group);
  ::sigaction(SIGTTOU, &before, nullptr);
}

// In the child: only what is safe after a fork of a program with threads.
[[noreturn]] void become_pager(const char* command, int input) {
  ::setpgid(0, 0);
  give_terminal(::getpid());
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(input, STDIN_FILENO);
  ::close(input);
  ::execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  ::_exit(kShellDidNotRun);
}

// What the person no longer wants to read is dropped.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string pager_command(const std::function<std::optional<std::string>(const char*)>& variable) {
  if (variable("TERM") == "dumb") return {};
  const auto named = variable("PAGER");
  if (named) return trim(*named) == "cat" ? std::string() : std::string(trim(*named));
  return is_installed("less", variable("PATH")) ? "less -FRX" : std::string();
}

bool show_in_pager(const std::string& command, std::string_view text) {
  const pid_t group = ::getpgrp();
  if (::tcgetpgrp(STDOUT_FILENO) != group) return false;  // in the background
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return false;
  }
  if (child == 0) become_pager(command.c_str(), ends[0]);
  ::setpgid(child, child);  // here too: whichever comes first
  ::close(ends[0]);
  write_all(ends[1], text);
  ::close(ends[1]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  give_terminal(group);
  return !WIFEXITED(status) || WEXITSTATUS(status) != kShellDidNotRun;
}

}  // namespace apportion
