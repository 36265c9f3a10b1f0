/// ContentHash: XXH3 with 128 bits over a row of fields, or over the bytes of a file. Tells contents apart, keeps no
/// secret.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

struct XXH3_state_s;

namespace apportion {

class ContentHash {
 public:
  ContentHash();
  /// Adds a field with its length, so that ("ab", "c") and ("a", "bc") differ.
  ContentHash& add(std::string_view field);
  std::string hex() const;  ///< 32 lower case digits.

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

/// 64 bits of XXH3 over bytes: for many small things, each of which is compared with itself.
std::int64_t short_hash_of(std::string_view bytes);

/// The hash of a file's bytes as they lie on the disk now. Errors: those of reading a file.
Result<std::string> content_hash_of(const std::filesystem::path& file);

}  // namespace apportion
