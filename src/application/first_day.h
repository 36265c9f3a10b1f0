/// The first day: how far a home is on the way from nothing to a month that is split and proved, and what comes next.
///
/// Read from the control plane, and from the cubes where somebody wants amounts; Azure is never asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/ids.h"
#include "pipeline/publication/workspace.h"
#include "query/table.h"

namespace apportion {

enum class FirstDayState {
  kDone,
  kNext,      ///< Somebody can do something now.
  kRunning,   ///< A job is at it.
  kWaiting,   ///< For another step, or for Azure.
  kOptional,  ///< Not done, and nothing waits for it.
};
std::string_view first_day_state_name(FirstDayState state);  ///< `done`, `next`, `running`, `waiting`, `optional`

struct FirstDayStep {
  std::string name;  ///< `connection`, `access`, `exports`, `import`, `customers`, `split`, `proof`, `people`, `alerts`
  std::string title;  ///< For people.
  FirstDayState state = FirstDayState::kWaiting;
  std::string found;  ///< For people: what there is, or what is missing.
  std::vector<std::pair<std::string_view, std::int64_t>> counts = {};  ///< What `found` counts, by name.
  std::string next = {};                                               ///< With next steps (next_step.h).
  std::optional<JobId> job = {};                                       ///< That is at it.
};

struct FirstDay {
  bool is_invented = false;  ///< The partner is (invented_partner.h).
  std::vector<FirstDayStep> steps;
  /// Tenants of the newest split month without a customer, as `tenants_without_customer`; no rows without amounts.
  Table tenants;

  /// Whether only optional steps are left.
  bool is_over() const;
};

/// `with_amounts`: also who costs what. Errors: kPartnerOnly for everybody but the partner.
Result<FirstDay> first_day(const Caller& caller, const Workspace& workspace, bool with_amounts);

}  // namespace apportion
