#include "application/customer_erasure.h"

#include <optional>

#include <fmt/format.h>

#include "application/customer_edits.h"
#include "application/publish.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

Error not_erasable(const Customer& customer, std::string why, std::string next) {
  return {ErrorId::kCustomerNotErasable, "the customer cannot be erased yet", fmt::format("`{}`", customer.id.raw()),
          std::move(why), std::move(next)};
}

Result<void> check_erasable(const Workspace& workspace, const Customer& customer) {
  if (!customer.retired_from || *customer.retired_from > workspace.clock.today()) {
    return not_erasable(customer, "it is not retired: what comes next would be assigned to it",
                        "retire it first: " + step(Step::kRetireCustomer, {{"customer", customer.id.raw()}}));
  }
  APPORTION_ASSIGN(const auto month, first_month_with_charges_of(workspace, customer.id, false));
  if (!month) return ok();
  return not_erasable(customer,
                      fmt::format("it has charges in {}, which is not locked: its bill may still change", *month),
                      "lock the month first; see which months there are: " + step(Step::kListMonths));
}

}  // namespace

Result<CustomerTraces> erasable_traces(const Workspace& workspace, const std::string& id) {
  APPORTION_ASSIGN(const Customer customer, customer_with_id(workspace.control_plane, id));
  APPORTION_TRY(check_erasable(workspace, customer));
  return workspace.control_plane.traces_of_customer(customer.id);
}

Result<CustomerTraces> erase_customer(WritableWorkspace& writable, const ErasureRequest& request) {
  if (trim(request.reason).empty()) return reason_missing_error();
  APPORTION_TRY(erasable_traces(writable.workspace, request.id));
  return writable.workspace.control_plane.erase_customer(CustomerId(request.id), request.reason);
}

}  // namespace apportion
