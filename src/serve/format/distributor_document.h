/// Shows what a distributor bills, and what customers cost by it, as a JSON document for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "query/distributor_costs.h"

namespace apportion {

/// `{"holds": …, "months": …, "customers": …, "costs": …}`
nlohmann::ordered_json distributor_costs_json(const DistributorCosts& costs);

}  // namespace apportion
