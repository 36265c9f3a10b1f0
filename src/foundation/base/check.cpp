#include "foundation/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace apportion {

void stop_on_bug(std::string_view condition, std::string_view message, const char* file, int line) {
  std::fprintf(stderr, "apportion: bug: %.*s (%.*s) at %s:%d\nNothing was published. Please report this.\n",
               static_cast<int>(message.size()), message.data(), static_cast<int>(condition.size()), condition.data(),
               file, line);
  std::abort();
}

}  // namespace apportion
