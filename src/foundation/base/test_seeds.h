/// For tests that draw their cases by chance: the seeds to draw from.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

namespace apportion {

/// `count` seeds, always the same ones; in a long run RANDOM_ROUNDS times as many, from RANDOM_SEED on. A test that
/// fails prints the seed that it failed with.
inline std::vector<std::uint64_t> test_seeds(std::uint64_t count) {
  constexpr std::uint64_t kFirstSeed = 20261122;
  const auto told = [](const char* name, std::uint64_t otherwise) -> std::uint64_t {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
  };
  std::vector<std::uint64_t> seeds(count * told("RANDOM_ROUNDS", 1));
  std::iota(seeds.begin(), seeds.end(), told("RANDOM_SEED", kFirstSeed));
  return seeds;
}

}  // namespace apportion
