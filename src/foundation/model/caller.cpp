#include "foundation/model/caller.h"

#include <fmt/format.h>

namespace apportion {

std::string ReadScope::key_of_months() const {
  const auto text = [](const std::optional<Month>& of) { return of ? of->to_string() : std::string(); };
  return fmt::format("{}/{}/{}/{}", connection.value_or(""), text(month), text(first_month), text(last_month));
}

Result<void> require_partner(const ReadScope& scope, std::string_view question) {
  if (scope.is_partner()) return ok();
  return Error{ErrorId::kPartnerOnly, "this is only for the partner", std::string(question),
               "the question was asked for a customer", "ask the partner for it"};
}

}  // namespace apportion
