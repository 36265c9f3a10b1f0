/// An invented partner: fills an empty home with exports that nobody delivered, customers, rules and split months, so
/// that the program can be tried without Azure.
///
/// About 40 customers and three months up to today: the first is locked, and a later run of it is held; the second can
/// be closed; the third goes on. Everything follows from the seed and the day. The home says for ever that its partner
/// is invented.
#pragma once

#include <cstdint>
#include <string>

#include "application/azure_sessions.h"
#include "application/publish.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct InventedPartnerRequest {
  std::uint64_t seed = 7;
};

struct InventedPartner {
  std::string connection;
  std::int64_t customers = 0;
  Month locked_month = *Month::from_civil(1, 1);
  FlowReport report;  ///< Of the import of all that came after the lock.
};

/// Whether the home may be filled: it has neither connections nor customers, but for those of an earlier call that did
/// not come to its connection. Errors: kConnectionExists, kCustomerExists, kPartnerOnly.
Result<void> check_may_be_invented(const Caller& caller, const Workspace& workspace);

/// The exports are written to the folder `invented` of the home. Errors: as above; those of importing and publishing.
Result<InventedPartner> invent_partner(Workspace& workspace, const AzureWorld& world,
                                       const InventedPartnerRequest& request);

/// Whether the partner of a home is invented.
Result<bool> is_partner_invented(const Workspace& workspace);

}  // namespace apportion
