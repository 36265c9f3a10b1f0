#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "azure/child_process_internal.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookEvery{20};
constexpr std::size_t kOutputMax = std::size_t{1} << 20;

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
  bool open() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

// A running child, ended with all of its process group unless it was waited for.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (process_ <= 0) return;
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// 0, or an errno.
  int start(const std::filesystem::path& program, const std::vector<std::string>& arguments, const Pipe& out,
            const Pipe& err) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write_end, STDERR_FILENO);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    const int failure = ::posix_spawn(&process_, program.c_str(), &actions, &attributes, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) process_ = -1;
    return failure;
  }

  /// The exit code once it has ended.
  std::optional<int> ended() {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t process_ = -1;
};

// Reads what there is; false when the other end is closed.
bool read_more(int end, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(end, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

std::optional<std::filesystem::path> program_in_path(std::string_view name, std::string_view path) {
  for (const std::string_view folder : split_text(path, ':')) {
    if (!folder.starts_with('/')) continue;  // a folder that depends on where we are is nobody's choice
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return std::nullopt;
}

Result<ChildOutput> run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                              milliseconds time_max, const Cancel& cancel) {
  Pipe out, err;
  if (!out.open() || !err.open()) return file_error("cannot start the program", program, errno);
  Child child;
  const int failure = child.start(program, arguments, out, err);
  if (failure != 0) return file_error("cannot start the program", program, failure);
  Pipe::close_end(out.write_end);
  Pipe::close_end(err.write_end);

  ChildOutput output;
  const auto deadline = steady_clock::now() + time_max;
  std::optional<int> code;
  while (out.read_end >= 0 || err.read_end >= 0 || !code) {
    if (cancel.requested()) return cancelled_error(program.string());
    if (steady_clock::now() > deadline || output.out.size() + output.err.size() > kOutputMax) {
      return Error{ErrorId::kChildProcessTimedOut, "the program did not finish", program.string(),
                   "it took too long or printed too much", "run it by hand and see what it does"};
    }
    std::array<pollfd, 2> ends{pollfd{out.read_end, POLLIN, 0}, pollfd{err.read_end, POLLIN, 0}};
    ::poll(ends.data(), ends.size(), static_cast<int>(kLookEvery.count()));  // a closed end (-1) is passed over
    if (ends[0].revents != 0 && !read_more(out.read_end, output.out)) Pipe::close_end(out.read_end);
    if (ends[1].revents != 0 && !read_more(err.read_end, output.err)) Pipe::close_end(err.read_end);
    if (!code) code = child.ended();
  }
  output.exit_code = *code;
  return output;
}

}  // namespace apportion
