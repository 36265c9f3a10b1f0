#include "foundation/model/other_columns.h"

#include <algorithm>
#include <array>

#include "foundation/base/text.h"

namespace apportion {
namespace {

// What Microsoft adds to FOCUS files, 1.0-preview(v1) to 1.2, and what FOCUS 1.2 tells in the pricing currency: names
// of things that a canonical column says already, and estimates in USD.
constexpr auto kOfFocus = std::to_array<std::string_view>({
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "x_BilledUnitPrice",
    "x_BillingProfileId",
    "x_BillingProfileName",
    "x_ChargeId",
    "x_ContractedCostInUsd",
    "x_EffectiveCostInUsd",
    "x_OnDemandCostInUsd",
    "x_ResourceType",
    "x_SkuDescription",
});

}  // namespace

std::string column_key(std::string_view name) {
  std::string key;
  for (const char c : ascii_lower(name)) {
    if (c != ' ' && c != '_') key += c;
  }
  return key;
}

bool is_known_other_column(SourceKind kind, std::string_view name) {
  if (kind != SourceKind::kFocus) return false;
  return std::ranges::any_of(kOfFocus,
                             [key = column_key(name)](std::string_view known) { return column_key(known) == key; });
}

}  // namespace apportion
