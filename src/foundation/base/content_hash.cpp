#include "foundation/base/content_hash.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"

namespace apportion {
namespace {

std::string hex_of(const XXH3_state_t& state) {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

ContentHash::ContentHash() : state_(XXH3_createState()) {
  APPORTION_CHECK(state_ != nullptr && XXH3_128bits_reset(state_.get()) == XXH_OK, "no memory for a hash");
}

ContentHash& ContentHash::add(std::string_view field) {
  const std::string length = fmt::format("{}:", field.size());
  XXH3_128bits_update(state_.get(), length.data(), length.size());
  XXH3_128bits_update(state_.get(), field.data(), field.size());
  return *this;
}

std::string ContentHash::hex() const { return hex_of(*state_); }

std::int64_t short_hash_of(std::string_view bytes) {
  return static_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

Result<std::string> content_hash_of(const std::filesystem::path& file) {
  constexpr std::size_t kBufferBytes = 1 << 20;
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  APPORTION_CHECK(state != nullptr && XXH3_128bits_reset(state.get()) == XXH_OK, "no memory for a hash");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> input(std::fopen(file.c_str(), "rb"), std::fclose);
  if (input == nullptr) return file_error("cannot read the file", file, errno);
  std::vector<char> buffer(kBufferBytes);
  while (const std::size_t bytes = std::fread(buffer.data(), 1, buffer.size(), input.get())) {
    XXH3_128bits_update(state.get(), buffer.data(), bytes);
  }
  if (std::ferror(input.get()) != 0) return file_error("cannot read the file", file, errno);
  return hex_of(*state);
}

void ContentHash::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

}  // namespace apportion
