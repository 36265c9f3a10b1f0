/// RowText: holds the generated texts of one row, and turns numbers into text. One block of memory, reused for every
/// row: generating a row allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/check.h"
#include "foundation/money/decimal.h"

namespace apportion::sample {

/// An exact number of `units` x 10^-`digits`. Products multiply the units and add the digits: nothing is ever rounded.
struct Scaled {
  Int128 units = 0;
  int digits = 0;

  friend constexpr Scaled operator*(Scaled left, Scaled right) {
    return {left.units * right.units, left.digits + right.digits};
  }
};

constexpr Scaled micros(std::int64_t units) { return {units, 6}; }

/// Longest text of a Scaled: sign, 39 digits, point.
inline constexpr int kScaledTextBytesMax = 48;

/// Writes plain decimal text without trailing zeros at `out` (kScaledTextBytesMax bytes); returns its length.
int write_scaled(Scaled number, char* out);

class RowText {
 public:
  RowText() : block_(std::make_unique<char[]>(kBytes)) {}

  /// Forgets all texts: views of them become invalid.
  void clear() { used_ = start_ = 0; }

  RowText& add(std::string_view text) {
    APPORTION_CHECK(used_ + text.size() <= kBytes, "the texts of one sample row outgrew their block");
    std::memcpy(block_.get() + used_, text.data(), text.size());
    used_ += text.size();
    return *this;
  }
  RowText& add(char character) { return add(std::string_view(&character, 1)); }
  RowText& add_number(Scaled number) {
    std::array<char, kScaledTextBytesMax> text;
    return add(std::string_view(text.data(), static_cast<std::size_t>(write_scaled(number, text.data()))));
  }
  RowText& add_integer(std::int64_t value) { return add_number({value, 0}); }
  /// `value` with leading zeros to `width`.
  RowText& add_padded(std::uint64_t value, int width);
  /// A GUID in lower case made of 128 bits.
  RowText& add_guid(std::uint64_t high, std::uint64_t low);

  /// The text added since the last `take`.
  std::string_view take() {
    const std::string_view text(block_.get() + start_, used_ - start_);
    start_ = used_;
    return text;
  }
  std::string_view number(Scaled value) { return add_number(value).take(); }

 private:
  static constexpr std::size_t kBytes = 64 * 1024;
  std::unique_ptr<char[]> block_;
  std::size_t used_ = 0;
  std::size_t start_ = 0;
};

/// A number that was written, with 18 decimals at most.
Decimal decimal_of(std::string_view text);

/// A GUID in lower case made of 128 bits.
std::string guid_text(std::uint64_t high, std::uint64_t low);

/// One row: a text for each column. The texts belong to a RowText or to the World.
using Cells = std::vector<std::string_view>;

}  // namespace apportion::sample
