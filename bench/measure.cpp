#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace apportion::bench {
namespace {

std::int64_t milliseconds_of(const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; }

}  // namespace

Measured measure(const std::function<bool()>& step) {
  std::fflush(nullptr);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool went_well = step();
    std::fflush(nullptr);
    ::_exit(went_well ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const auto passed = std::chrono::steady_clock::now() - start;
  return {std::chrono::duration_cast<std::chrono::milliseconds>(passed).count(),
          milliseconds_of(usage.ru_utime) + milliseconds_of(usage.ru_stime), usage.ru_maxrss,
          WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS};
}

std::int64_t median(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string ratio_text(std::int64_t left, std::int64_t right) {
  const std::int64_t hundredths = right == 0 ? 0 : (left * 100 + right / 2) / right;
  return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

std::string seconds_text(std::int64_t milliseconds) {
  return fmt::format("{}.{:02}", milliseconds / 1000, milliseconds % 1000 / 10);
}

}  // namespace apportion::bench
