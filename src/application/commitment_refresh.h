/// What Azure's APIs say about commitments: requested, kept, and turned into facts of the inventory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "azure/connect/benefits_api.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
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

/// What Azure said when it was last asked, of one connection or all. Errors: kPartnerOnly for everybody but
/// the partner; kNoSuchConnection.
Result<std::vector<CommitmentFact>> kept_commitment_facts(const Caller& caller, const Workspace& workspace,
                                                          const std::optional<std::string>& connection);
Result<std::vector<StoredUseSummary>> kept_use_summaries(const Caller& caller, const Workspace& workspace,
                                                         const std::optional<std::string>& connection);

struct RefreshedCommitments {
  std::size_t reservations = 0;
  std::size_t savings_plans = 0;
  std::size_t summaries = 0;
  std::vector<Error> refused;  ///< Lists that Azure did not return; the others were kept.
};

/// Requests the reservations of the connection's billing scope, the savings plans, and the use of the last `days` days,
/// and keeps the answers. Errors: as above; Azure returned nothing at all.
Result<RefreshedCommitments> refresh_commitments(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                                 const std::string& connection, int days);

}  // namespace apportion
