#include "pipeline/fetch/content_hash.h"

#include <cstdint>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/check.h"

namespace apportion {

ContentHash::ContentHash() : state_(XXH3_createState()) {
  APPORTION_CHECK(state_ != nullptr && XXH3_128bits_reset(state_.get()) == XXH_OK, "no memory for a hash");
}

ContentHash& ContentHash::add(std::string_view field) {
  const std::string length = fmt::format("{}:", field.size());
  XXH3_128bits_update(state_.get(), length.data(), length.size());
  XXH3_128bits_update(state_.get(), field.data(), field.size());
  return *this;
}

std::string ContentHash::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

void ContentHash::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

}  // namespace apportion
