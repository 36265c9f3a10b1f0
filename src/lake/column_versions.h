/// Columns of charges over files of several versions: what files were written without is unknown in their rows.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "foundation/model/charge_columns.h"

namespace apportion {

/// What stands behind FROM for rows with all `columns`, and with those that `further` lists behind them: `c.CustomerId,
/// c.x_RowCount`. `rows_by_version` is the same for the files of each version as they are; there is at least one.
std::string rows_with_all_columns(std::span<const ChargeColumn> columns,
                                  const std::map<std::int64_t, std::string>& rows_by_version,
                                  std::string_view further = {});

}  // namespace apportion
