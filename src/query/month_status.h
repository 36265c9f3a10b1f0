/// The state of a bill month, as reports get it from the caller: the rules for it belong to the pipeline.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/control_plane.h"

namespace apportion {

struct MonthStatus {
  std::string name;    ///< `missing`, `partial`, `open`, `complete` or `locked`.
  std::string reason;  ///< For people.
};

/// Given the month and all its imports.
using MonthStatusOf = std::function<MonthStatus(const BillMonth& month, const std::vector<Import>& imports)>;

}  // namespace apportion
