/// Checks for bugs: a broken invariant stops the program, in release builds too. A wrong invoice is worse than none.
#pragma once

#include <string_view>

namespace apportion {

/// Prints the message with its place to stderr and aborts.
[[noreturn]] void stop_on_bug(std::string_view condition, std::string_view message, const char* file, int line);

}  // namespace apportion

/// Stops the program when `condition` is false. `message` says which invariant broke.
#define APPORTION_CHECK(condition, message)                                \
  do {                                                                     \
    if (!(condition)) [[unlikely]] {                                       \
      ::apportion::stop_on_bug(#condition, (message), __FILE__, __LINE__); \
    }                                                                      \
  } while (false)
