#include "pipeline/normalise/keyed_hash.h"

#include <random>

#include <xxhash.h>

namespace apportion {

const HashSecret& hash_secret_of_process() {
  static const HashSecret secret = [] {
    std::random_device random;
    HashSecret made;
    for (std::uint32_t& word : made) word = random();
    return made;
  }();
  return secret;
}

KeyedHash keyed_hash(const void* bytes, std::size_t size, std::uint64_t place) {
  const HashSecret& secret = hash_secret_of_process();
  const XXH128_hash_t of_bytes = XXH3_128bits_withSecret(bytes, size, secret.data(), sizeof secret);
  if (place == 0) return {of_bytes.high64, of_bytes.low64};
  const std::array parts{of_bytes.high64, of_bytes.low64, place};
  const XXH128_hash_t placed = XXH3_128bits_withSecret(parts.data(), sizeof parts, secret.data(), sizeof secret);
  return {placed.high64, placed.low64};
}

}  // namespace apportion
