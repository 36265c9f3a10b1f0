/// Names in every script as plain ASCII, for ids that people type.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

/// `name` in lower case, its Latin letters without their marks (`Süßwasser Łódź` is `susswasser lodz`); characters that
/// are no letters (blanks, signs, emoji) become blanks. Empty when it has a letter of another script: what is left of
/// such a name says nothing.
std::string plain_name(std::string_view name);

}  // namespace apportion
