#include "foundation/model/caller.h"

namespace apportion {

Result<void> require_partner(const ReadScope& scope, std::string_view question) {
  if (scope.is_partner()) return ok();
  return Error{ErrorId::kPartnerOnly, "this is only for the partner", std::string(question),
               "the question was asked for a customer", "ask the partner for it"};
}

}  // namespace apportion
