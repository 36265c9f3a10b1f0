/// For tests: a folder that goes away, and code that runs in a process of its own.
#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {

/// An empty folder, removed with all it holds at the end of the scope.
class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("apportion-test-" + random_guid())) {
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code failure;  // a test that took rights away may have left something
    std::filesystem::remove_all(path_, failure);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A child process that writes to us through a pipe. Killed at the end of the scope when it still runs.
class TestChild {
 public:
  /// `run` gets the descriptor to write to; the child ends when it returns.
  explicit TestChild(const std::function<void(int)>& run) {
    int ends[2];
    APPORTION_CHECK(::pipe(ends) == 0, "a test needs a pipe");
    process_ = ::fork();
    APPORTION_CHECK(process_ >= 0, "a test needs a process");
    if (process_ == 0) {
      ::close(ends[0]);
      run(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    from_child_ = ends[0];
  }
  TestChild(const TestChild&) = delete;
  TestChild& operator=(const TestChild&) = delete;
  ~TestChild() {
    kill_now();
    ::close(from_child_);
  }

  /// Waits for that many bytes; fewer when the child ended.
  std::string read(std::size_t bytes) {
    std::string text(bytes, '\0');
    std::size_t filled = 0;
    while (filled < bytes) {
      const ssize_t count = ::read(from_child_, text.data() + filled, bytes - filled);
      if (count <= 0) break;
      filled += static_cast<std::size_t>(count);
    }
    text.resize(filled);
    return text;
  }
  /// All that the child wrote until its end.
  std::string read_all() {
    std::string text;
    for (std::string part = read(4096); !part.empty(); part = read(4096)) text += part;
    return text;
  }
  void kill_now() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }

 private:
  pid_t process_ = -1;
  int from_child_ = -1;
};

inline void write_to_parent(int descriptor, const std::string& text) {
  APPORTION_CHECK(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
                  "a pipe takes a line");
}

/// What `run` returns when a process without special rights runs it, also when the tests run as root.
inline std::string as_ordinary_user(const std::function<std::string()>& run) {
  TestChild child([&](int to_parent) {
    constexpr unsigned kNobody = 65534;
    if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(1);
    write_to_parent(to_parent, run());
  });
  return child.read_all();
}

}  // namespace apportion
