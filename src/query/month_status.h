/// The state of a bill month, as people read it (docs/charges.md): the worse of the states of its runs.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "foundation/base/date.h"
#include "store/control_plane.h"

namespace apportion {

struct MonthStatus {
  std::string name;       ///< `missing`, `partial`, `open`, `complete` or `locked`.
  std::string reason;     ///< For people: each thing that keeps it from being complete. Empty when nothing does.
  bool has_gap = false;   ///< It is missing or partial, also behind a lock.
  std::string next = {};  ///< Next steps (next_step.h), as the end of a sentence; empty when there are none.

  /// The reason with the next steps.
  std::string explained() const;
};

/// `imports`: all of the month. `in_force`: the published charges, which the state is about; without them, the runs
/// that are to be published, and the month is `partial`. A run that was taken in but is not part of the published
/// charges, although it would be if they were published now, is a reason of its own.
MonthStatus month_status(const BillMonth& month, std::span<const Import> imports,
                         const std::optional<ChargeSet>& in_force, Day today);

}  // namespace apportion
