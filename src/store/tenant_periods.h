/// Which customer has a tenant on which day.
///
/// A tenant without a day is a customer's from the beginning. From the day of a dated entry on it is that customer's,
/// until the day before the next dated entry of the same tenant, whoever has that. A customer has none from the day on
/// from which it is retired.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/control_plane.h"

namespace apportion {

struct TenantPeriod {
  std::string tenant;
  std::optional<Day> from;   ///< First day; empty: from the beginning.
  std::optional<Day> until;  ///< Last day; empty: for ever.

  bool operator==(const TenantPeriod&) const = default;
};

/// The tenants of one customer.
struct HeldTenants {
  std::vector<std::string> always;    ///< Those that nobody has by a day.
  std::vector<TenantPeriod> periods;  ///< The others, in the order of the customer's entries.
};

/// The tenants of each customer, in the order of `customers`.
std::vector<HeldTenants> held_tenants(std::span<const Customer> customers);

/// A dated tenant as people write it: `8d1f0f6e-0000-4000-8000-000000000001@2026-05-01`.
std::string to_text(const DatedTenant& tenant);

}  // namespace apportion
