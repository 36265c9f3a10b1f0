/// The columns of files with prices from price sheets (`LakeContent::kFilledPrices`), as `name type` pairs of SQL.
#pragma once

#include <string_view>

namespace apportion {

inline constexpr std::string_view kFilledPriceColumns =
    "x_RowId BIGINT, BillingCurrency VARCHAR, x_SourceChanges VARCHAR, ListUnitPrice DECIMAL(38,18), "
    "ListCost DECIMAL(38,18), x_ListCostFilled DECIMAL(38,18), ContractedUnitPrice DECIMAL(38,18), "
    "ContractedCost DECIMAL(38,18), x_ContractedCostFilled DECIMAL(38,18)";

}  // namespace apportion
