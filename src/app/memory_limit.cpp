// Refuses a memory limit that is too low, before anything else in the program runs: libraries that cannot initialise
// would end it with a signal.
#include <cstdio>
#include <cstring>

#include <sys/resource.h>
#include <unistd.h>

#include "foundation/base/error_ids.h"

namespace {

// Measured: below 150 MiB the engine cannot start; the rest is for threads and a small import.
constexpr rlim_t kMebibytesLeast = 256;

constexpr const char* kText =
    "apportion: %s\n"
    "  where: the address space limit (ulimit -v, RLIMIT_AS)\n"
    "  why: it is %llu MiB, and the program needs at least %llu MiB\n"
    "  next: raise the limit of the shell, container or service, or remove it: ulimit -v unlimited\n";

constexpr const char* kJson =
    "{\"error\": {\"id\": \"%s\", \"code\": \"%s\", \"exit_code\": %d,"
    " \"what\": \"%s\", \"where\": \"the address space limit (ulimit -v, RLIMIT_AS)\","
    " \"why\": \"it is %llu MiB, and the program needs at least %llu MiB\","
    " \"next\": \"raise the limit of the shell, container or service, or remove it: ulimit -v unlimited\"}}\n";

constexpr const char* kWhat = "the memory limit is too low to start";

bool wants_json(int count, char** arguments) {
  for (int at = 1; at < count; ++at) {
    if (std::strcmp(arguments[at], "--json") == 0) return true;
  }
  return false;
}

// Uses only the C library, which is ready by then, and only memory on the stack.
void refuse_low_limit(int count, char** arguments, char** /*environment*/) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const unsigned long long mebibytes = limit.rlim_cur >> 20;
  if (mebibytes >= kMebibytesLeast) return;
  const apportion::ErrorDefinition& error = apportion::error_definition(apportion::ErrorId::kMemoryLimitTooLow);
  const int code = apportion::exit_code(error.kind);
  const unsigned long long least = kMebibytesLeast;
  char text[1024];
  const char* const group = apportion::error_code_name(error.kind);
  const int size = wants_json(count, arguments) ? std::snprintf(text, sizeof text, kJson, error.name.data(), group,
                                                                code, kWhat, mebibytes, least)
                                                : std::snprintf(text, sizeof text, kText, kWhat, mebibytes, least);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, static_cast<std::size_t>(size));
  ::_exit(code);
}

}  // namespace

// The loader calls it before it initialises any library.
__attribute__((section(".preinit_array"), used)) void (*const kRefuseLowLimitFirst)(int, char**,
                                                                                    char**) = refuse_low_limit;
