/// What Azure's APIs say about commitments: requested, kept, and turned into facts of the inventory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "azure/connect/benefits_api.h"
#include "foundation/base/result.h"
#include "pipeline/commitments/commitment.h"
#include "pipeline/publication/workspace.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"

namespace apportion {

/// As they are kept; fields that Azure leaves empty are left out.
std::vector<StoredCommitmentFact> facts_of_reservation(const Reservation& reservation, Day as_of);
std::vector<StoredCommitmentFact> facts_of_savings_plan(const SavingsPlan& plan, Day as_of);

/// What is kept: one fact for each commitment.
std::vector<CommitmentFact> commitment_facts(const std::vector<StoredCommitmentFact>& stored);

struct RefreshedCommitments {
  std::size_t reservations = 0;
  std::size_t savings_plans = 0;
  std::size_t summaries = 0;
  std::vector<Error> refused;  ///< Lists that Azure did not return; the others were kept.
};

/// Requests the reservations of the connection's billing scope, the savings plans, and the use of the last `days` days,
/// and keeps the answers. An error when Azure returned nothing at all.
Result<RefreshedCommitments> refresh_commitments(Workspace& workspace, const Connection& connection, Gateway& gateway,
                                                 int days);

}  // namespace apportion
