/// Shows how fresh the data of connections is, and their syncs, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/freshness.h"
#include "foundation/base/utc_time.h"

namespace apportion {

/// What is not known is left out.
nlohmann::ordered_json freshness_json(const SourceFreshness& source, UtcTime now);
/// `{"connections": …}`
nlohmann::ordered_json freshness_of_all_json(const std::vector<SourceFreshness>& sources, UtcTime now);

nlohmann::ordered_json sync_attempt_json(const SyncAttempt& attempt);
/// `{"syncs": …}`, each with its connection.
nlohmann::ordered_json syncs_json(const std::vector<ConnectionAttempt>& syncs);

}  // namespace apportion
