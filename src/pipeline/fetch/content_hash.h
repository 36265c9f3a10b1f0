/// ContentHash: XXH3 with 128 bits over a row of fields. Tells contents apart, keeps no secret.
#pragma once

#include <memory>
#include <string>
#include <string_view>

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

}  // namespace apportion
