#include "application/partner_only.h"

namespace apportion {

Result<void> check_partner(const Caller& caller) {
  if (caller.is_partner()) return ok();
  return Error{ErrorId::kPartnerOnly, "this is for the partner's own people only", caller.actor,
               "customers may see their own costs, but change nothing", "ask the partner who sends you the bill"};
}

}  // namespace apportion
