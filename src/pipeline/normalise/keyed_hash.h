/// Hashes with a secret of this process: by chance, two of a billion different texts meet with a probability of 10^-21,
/// and nobody can write a file for a secret that they do not know. They mean nothing to another process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace apportion {

/// 128 bits of XXH3, or a sum of such hashes.
struct KeyedHash {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  friend bool operator==(const KeyedHash&, const KeyedHash&) = default;
};

using HashSecret = std::array<std::uint32_t, 48>;

/// Made of random numbers when it is first asked for.
const HashSecret& hash_secret_of_process();

/// `place` tells apart where equal bytes stand.
KeyedHash keyed_hash(const void* bytes, std::size_t size, std::uint64_t place = 0);

}  // namespace apportion
