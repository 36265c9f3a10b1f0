/// An example value of each canonical column, and the Microsoft datasets that deliver it.
#pragma once

#include <string_view>

#include "foundation/model/charge_columns.h"

namespace apportion {

struct ColumnFacts {
  std::string_view column;
  std::string_view datasets;  ///< `ActualCost, AmortizedCost, FocusCost`, some of them, or `Apportion`.
  std::string_view example;   ///< Invented.
};

const ColumnFacts& facts_of(const ChargeColumn& column);

}  // namespace apportion
