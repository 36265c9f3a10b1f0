/// Currency: an ISO 4217 code, as a type of three bytes.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace apportion {

class Currency {
 public:
  /// Reads a code of three ASCII letters, in any case. Nothing for any other text. A code that ISO does not list is
  /// accepted: a vendor may be ahead of us; `minor_digits` then says so.
  static std::optional<Currency> parse(std::string_view text);

  std::string_view code() const { return {code_.data(), code_.size()}; }
  /// Decimal places of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD. Nothing for codes that ISO 4217 does
  /// not list, or lists without a minor unit (XAU, XDR).
  std::optional<int> minor_digits() const;

  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;

 private:
  explicit constexpr Currency(std::array<char, 3> code) : code_(code) {}
  std::array<char, 3> code_;
};

}  // namespace apportion
