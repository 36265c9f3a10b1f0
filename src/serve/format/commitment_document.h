/// Shows commitments, and what Azure says of them: as text for people, as JSON documents for programs.
#pragma once

#include <iosfwd>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/commitment_refresh.h"
#include "foundation/base/result.h"
#include "pipeline/commitments/commitment_data.h"
#include "query/commitment_report.h"
#include "query/table.h"

namespace apportion {

nlohmann::ordered_json commitment_json(const Commitment& commitment, const CommitmentDetails& details);
/// For people: one table below another; those without rows are left out, except the months.
Result<void> write_commitment(const CommitmentDetails& details, std::ostream& out);

/// How much was kept of what Azure answered.
nlohmann::ordered_json refreshed_commitments_json(const RefreshedCommitments& refreshed);
/// One row per commitment and day: how well it was used, as Azure reports it.
Table use_summaries_table(const std::vector<StoredUseSummary>& summaries);

}  // namespace apportion
