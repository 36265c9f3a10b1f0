/// What the months of a scope lack, and how recent their data is: what no answer about them may stay silent about.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "store/control_plane.h"

namespace apportion {

struct MonthCoverage {
  std::vector<std::string> holes;  ///< For the partner: they name connections.
  std::string data_as_of;          ///< Of the oldest month; empty when nobody knows.
  /// `missing`, `partial`, `not split`, `open`, `complete` or `locked`: of several connections the worst. Of each month
  /// that any connection has, and those between.
  std::map<Month, std::string> states;
};

/// Nothing for a scope that is not the partner's.
Result<MonthCoverage> month_coverage(const ControlPlane& control_plane, const ReadScope& scope, Day today);

}  // namespace apportion
