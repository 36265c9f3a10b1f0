#include "serve/cli/secret_file.h"

#include <cstdint>
#include <istream>
#include <iterator>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::uint64_t kSecretBytesMax = 64 << 10;

}  // namespace

Result<std::string> read_secret(Session& session, const std::string& file, const std::string& what) {
  std::string text;
  if (file == "-") {
    if (session.world().input == nullptr) {
      return Error{ErrorId::kUnreadableRequest, fmt::format("{} cannot be read", what), "standard input",
                   "it is not available", "give a file instead"};
    }
    text.assign(std::istreambuf_iterator<char>(*session.world().input), {});
  } else {
    APPORTION_ASSIGN(text, read_file(file, kSecretBytesMax));
  }
  std::string secret(trim(text));
  if (!secret.empty()) return secret;
  return Error{ErrorId::kSecretEmpty, fmt::format("{} is empty", what), file == "-" ? "standard input" : file, "",
               "write the secret's value into it, and nothing else"};
}

}  // namespace apportion
