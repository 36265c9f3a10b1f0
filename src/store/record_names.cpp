#include "store/record_names.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/model/ids.h"

namespace apportion {
namespace {

constexpr std::size_t kNameBytesMax = 64;

bool is_lower_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) { return is_lower_letter_or_digit(c) || (c >= 'A' && c <= 'Z'); }

// A name starts with a letter or digit and goes on with those, points, underscores and hyphens.
template <class IsLetter>
bool is_name(std::string_view text, IsLetter is_letter) {
  const auto goes_on = [&](char c) { return is_letter(c) || c == '.' || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= kNameBytesMax && is_letter(text.front()) && std::ranges::all_of(text, goes_on);
}

}  // namespace

Result<void> check_connection_name(const std::string& name) {
  if (is_name(name, is_lower_letter_or_digit)) return ok();
  return Error{ErrorId::kConnectionNameInvalid, "this is not a valid connection name",
               fmt::format("`{}`", excerpt(name)),
               "a name is 1 to 64 lower-case letters, digits, `.`, `_` and `-`, and starts with a letter or digit",
               "choose another name, for example `acme-mpa`"};
}

Result<void> check_customer_id(const std::string& id) {
  if (ascii_equal_ignoring_case(id, kUnassignedCustomerId)) {
    return Error{ErrorId::kCustomerIdInvalid, "this is not a valid customer id", fmt::format("`{}`", id),
                 "it stands for costs that no rule assigns", "choose another id"};
  }
  if (is_name(id, is_letter_or_digit)) return ok();
  return Error{ErrorId::kCustomerIdInvalid, "this is not a valid customer id", fmt::format("`{}`", excerpt(id)),
               "an id is 1 to 64 letters A to Z, digits, `.`, `_` and `-`, and starts with a letter or digit",
               "choose another id, for example `contoso`; the full name goes into the name"};
}

}  // namespace apportion
