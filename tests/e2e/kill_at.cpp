// Preloaded into the program by test_crash.py: counts the calls that change files and, before the one with the number
// in KILL_AT, kills the process as a power cut would. With KILL_COUNT, writes to that file how many there were.
#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

std::atomic<long> calls{0};

long kill_at() {
  static const long number = [] {
    const char* text = std::getenv("KILL_AT");
    return text == nullptr ? -1 : std::atol(text);
  }();
  return number;
}

void count() {
  if (++calls == kill_at()) ::kill(::getpid(), SIGKILL);
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct TellAtExit {
  ~TellAtExit() {
    const char* path = std::getenv("KILL_COUNT");
    if (path == nullptr) return;
    const long seen = calls;
    if (std::FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld", seen);
      std::fclose(file);
    }
  }
} tell_at_exit;

}  // namespace

// The parameters of the system's headers have no names that we may use.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

ssize_t write(int file, const void* data, size_t size) {
  static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
  if (file > STDERR_FILENO) count();
  return next(file, data, size);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t place) {
  static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  count();
  return next(file, data, size, place);
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t place) {
  static auto* const next = real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  count();
  return next(file, data, size, place);
}

int fsync(int file) {
  static auto* const next = real<int(int)>("fsync");
  count();
  return next(file);
}

int fdatasync(int file) {
  static auto* const next = real<int(int)>("fdatasync");
  count();
  return next(file);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const next = real<int(const char*, const char*)>("rename");
  count();
  return next(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const next = real<int(const char*)>("unlink");
  count();
  return next(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const next = real<int(const char*, mode_t)>("mkdir");
  count();
  return next(path, mode);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
