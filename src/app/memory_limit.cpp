// Refuses a limit of memory that is too low, before anything else of the program runs: libraries that cannot even set
// themselves up would end it by a signal.
#include <cstdio>
#include <cstring>

#include <sys/resource.h>
#include <unistd.h>

#include "foundation/base/error_ids.h"

namespace {

// Measured: below 150 MiB the engine cannot begin; the rest is for threads and a small import.
constexpr rlim_t kMebibytesLeast = 256;

constexpr const char* kText =
    "apportion: %s\n"
    "  where: the limit of address space (ulimit -v, RLIMIT_AS)\n"
    "  why: it is %llu MiB, and the program needs %llu MiB to begin with\n"
    "  next: raise the limit of the shell, container or service, or take it away: ulimit -v unlimited\n";

constexpr const char* kJson =
    "{\"error\": {\"id\": \"%s\", \"code\": \"%s\", \"exit_code\": %d,"
    " \"what\": \"%s\", \"where\": \"the limit of address space (ulimit -v, RLIMIT_AS)\","
    " \"why\": \"it is %llu MiB, and the program needs %llu MiB to begin with\","
    " \"next\": \"raise the limit of the shell, container or service, or take it away: ulimit -v unlimited\"}}\n";

constexpr const char* kWhat = "the limit of memory is too low to begin with";

bool wants_json(int count, char** arguments) {
  for (int at = 1; at < count; ++at) {
    if (std::strcmp(arguments[at], "--json") == 0) return true;
  }
  return false;
}

// Uses nothing but the C library, which is ready by then, and no memory but the stack.
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

// The loader calls it before it sets up any library.
__attribute__((section(".preinit_array"), used)) void (*const kRefuseLowLimitFirst)(int, char**,
                                                                                    char**) = refuse_low_limit;
