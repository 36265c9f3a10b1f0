/// Measuring a step as a process of its own: seconds on the wall and of the processors, and peak memory, by the
/// kernel's accounting.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace apportion::bench {

struct Measured {
  std::int64_t milliseconds = 0;
  std::int64_t cpu_milliseconds = 0;  ///< Of all threads, in the program and in the kernel.
  std::int64_t peak_kibibytes = 0;
  bool succeeded = false;
};

/// Runs `step` in a forked child and waits for it. The step returns whether it went well; what it prints goes to
/// stderr.
Measured measure(const std::function<bool()>& step);

/// The median of milliseconds.
std::int64_t median(std::vector<std::int64_t> values);

/// `left / right` as text with two digits, computed on integers.
std::string ratio_text(std::int64_t left, std::int64_t right);
/// Milliseconds as seconds with two digits.
std::string seconds_text(std::int64_t milliseconds);

}  // namespace apportion::bench
