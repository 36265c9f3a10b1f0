/// Which customer has a tenant on which day.
///
/// A tenant without a day belongs to a customer from the beginning. From the day of a dated entry on, it belongs to
/// that customer, until the day before the next dated entry of the same tenant, whoever's that is. A retired customer
/// has none from the day of its retirement on.
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
  std::optional<Day> until;  ///< Last day; empty: no end.

  bool operator==(const TenantPeriod&) const = default;
};

/// The tenants of one customer.
struct HeldTenants {
  std::vector<std::string> always;    ///< Those without a day in any entry.
  std::vector<TenantPeriod> periods;  ///< The others, in the order of the customer's entries.
};

/// The tenants of each customer, in the order of `customers`.
std::vector<HeldTenants> held_tenants(std::span<const Customer> customers);

/// A dated tenant as people write it: `8d1f0f6e-0000-4000-8000-000000000001@2026-05-01`.
std::string to_text(const DatedTenant& tenant);

}  // namespace apportion
