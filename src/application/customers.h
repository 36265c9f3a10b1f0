/// Customers: made from what a billing account knows.
#pragma once

#include <vector>

#include "azure/connect/billing_api.h"
#include "store/control_plane.h"

namespace apportion {

/// Those that Azure knows and `known` does not, by tenant: each with one tenant, and an id of its own made from the
/// name.
std::vector<Customer> customers_of_billing(const std::vector<BillingCustomer>& found,
                                           const std::vector<Customer>& known);

}  // namespace apportion
