#include "foundation/model/customer_view.h"

#include <algorithm>

#include "foundation/base/text.h"

namespace apportion {
namespace {

// By view.
constexpr auto kNames = std::to_array<std::string_view>({"list", "cost", "both"});
static_assert(kNames.size() == kCustomerViews.size());

}  // namespace

std::string_view customer_view_name(CustomerView view) { return kNames[static_cast<std::size_t>(view)]; }

std::optional<CustomerView> parse_customer_view(std::string_view name) {
  const auto found = std::ranges::find_if(
      kCustomerViews, [name](CustomerView view) { return ascii_equal_ignoring_case(name, customer_view_name(view)); });
  return found == kCustomerViews.end() ? std::nullopt : std::optional(*found);
}

Audience audience_of(CustomerView view) {
  switch (view) {
    case CustomerView::kList: return Audience::kListView;
    case CustomerView::kCost: return Audience::kCostView;
    case CustomerView::kBoth: return Audience::kBothViews;
  }
  return Audience::kPublic;
}

}  // namespace apportion
