/// The rows of a reconciliation that somebody looks at: of one class, customer or product, or added up by these.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/reconciliation.h"
#include "query/table.h"

namespace apportion {

/// Unset means all; an empty text means those that have none.
struct DifferenceFilter {
  std::optional<std::string> invoice;
  std::optional<std::string> currency;
  std::optional<DifferenceClass> why;
  std::optional<std::string> customer;  ///< The tenant.
  std::optional<std::string> subscription;
  std::optional<std::string> product;
};

/// Those that fit, the greatest amounts first; valid as long as the reconciliation.
std::vector<const Difference*> chosen_differences(const Reconciliation& reconciliation, const DifferenceFilter& filter);

enum class DifferencePlace { kCustomer, kSubscription, kProduct };
/// The name of its column: `CustomerTenantId`.
std::string_view difference_place_name(DifferencePlace place);
std::optional<DifferencePlace> difference_place_of(std::string_view name);

Table difference_rows_table(std::span<const Difference* const> differences);
/// Their sums by some of the places and by currency, the greatest amounts first.
Table difference_sums_table(std::span<const Difference* const> differences, std::span<const DifferencePlace> by);

}  // namespace apportion
