/// What the newer runs of a month contain less of than the runs before them: the one definition of a run that shrank.
///
/// A run shrank when it has fewer rows, lower billed or effective costs, or lacks days, compared with the run in force.
/// How far rows and costs fell is measured from the fullest run of the month, so that small losses add up. Days are
/// compared one by one: a missing day is a loss even if others were added.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/live_import.h"

namespace apportion {

/// The runs that a month was made of, until newer ones come.
struct EarlierRuns {
  LiveImports in_force;
  /// Those that were in force before, back to where someone last accepted a loss.
  std::vector<LiveImports> before = {};
};

/// The first loss of rows or costs beyond `percent_max`, or of a day, in words; empty if there is none. At 100
/// percent nothing is one. A run that lost nothing against the one in force lost nothing.
std::string loss_of(const EarlierRuns& earlier, const LiveImports& newer, std::int64_t percent_max);

}  // namespace apportion
