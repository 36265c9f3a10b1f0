/// What the service and its workers send one another, as JSON: leases, and what came of their runs. Amounts are decimal
/// text, so nothing passes through a binary fraction. docs/api/resources/workers.yaml describes it.
#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/run_queue.h"
#include "foundation/base/result.h"

namespace apportion {

/// An answer is no larger. What is, the service reads itself.
inline constexpr std::size_t kWorkerAnswerBytesMax = std::size_t{16} << 20;

nlohmann::ordered_json lease_json(const RunLease& lease);
/// Errors: kWorkerCoordinatorUnknown.
Result<RunLease> lease_of_json(const nlohmann::ordered_json& json);

/// The rows of the runs of a lease.
nlohmann::ordered_json answer_json(const std::vector<RunRows>& rows);
/// Of what the API has checked against its description. Errors: kWorkerAnswerWrong.
Result<std::vector<RunRows>> answer_of_json(const nlohmann::ordered_json& json);

}  // namespace apportion
