/// CustomerView: which costs a customer sees, as the partner decided.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/model/caller.h"

namespace apportion {

enum class CustomerView : std::uint8_t {
  kList,  ///< List cost. What a customer sees unless it is decided otherwise.
  kCost,  ///< Billed and effective cost: what the partner pays.
  kBoth,  ///< Both.
};

inline constexpr auto kCustomerViews =
    std::to_array<CustomerView>({CustomerView::kList, CustomerView::kCost, CustomerView::kBoth});

/// `list`, `cost`, `both`: its name in files, options and the control plane.
std::string_view customer_view_name(CustomerView view);
/// Nothing if the name is unknown. Case does not matter.
std::optional<CustomerView> parse_customer_view(std::string_view name);

/// Which columns are read for a customer with this view.
Audience audience_of(CustomerView view);

/// Whether the customer learns what the partner pays.
inline bool shows_partner_costs(CustomerView view) { return view != CustomerView::kList; }

}  // namespace apportion
