/// A number of things, for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace apportion {

/// `-1234567.05` as `-1,234,567.05`.
std::string with_digits_grouped(std::string number);

/// `1 charge`, `1,234 charges`. `plural` when it is not `one` + `s`.
std::string count_of(std::int64_t count, std::string_view one, std::string_view plural = "");

}  // namespace apportion
