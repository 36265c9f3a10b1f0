/// Cursors: where a list goes on. They belong to one operation, question and person, and cannot be made outside.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

/// Seals cursors with a key of this process: a cursor of before a restart is not valid any more. Thread-safe.
class CursorSealer {
 public:
  CursorSealer();
  /// `belongs_to`: operation, question and person. `position`: what is found behind it, for the operation alone.
  std::string seal(std::string_view belongs_to, std::string_view position) const;
  /// The position. Errors: kCursorInvalid.
  Result<std::string> open(std::string_view belongs_to, std::string_view cursor) const;

 private:
  std::array<unsigned char, 32> key_;
};

}  // namespace apportion
