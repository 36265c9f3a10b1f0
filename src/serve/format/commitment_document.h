/// Shows one commitment: as text for people, as a JSON document for programs.
#pragma once

#include <iosfwd>

#include <nlohmann/json_fwd.hpp>

#include "foundation/base/result.h"
#include "pipeline/commitments/commitment_data.h"
#include "query/commitment_report.h"

namespace apportion {

nlohmann::ordered_json commitment_json(const Commitment& commitment, const CommitmentDetails& details);
/// For people: one table below another; those without rows are left out, except the months.
Result<void> write_commitment(const CommitmentDetails& details, std::ostream& out);

}  // namespace apportion
