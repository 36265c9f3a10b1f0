/// The one table of rights: which role may do what. Checks and the page of the docs are made from it.
#pragma once

#include <span>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/model/role.h"

namespace apportion {

/// What somebody may do; an operation of the API needs exactly one.
enum class Right {
  kAnyone,             ///< Also without signing in.
  kSignedIn,           ///< Whoever is signed in: their own session, name and rights.
  kManagePeople,       ///< All people and tokens of the home, sign-in, settings.
  kManageOwnPeople,    ///< The people and tokens of one's own customer.
  kManageConnections,  ///< Connections, exports, imports, withdrawal.
  kReadConnections,    ///< Their settings and state; secrets are never shown.
  kManageCustomers,    ///< Customers, their tenants and what they see.
  kReadCustomers,
  kApplyDocuments,    ///< Rules and commitment policies.
  kReadDocuments,     ///< Read, check and preview them.
  kManageMonths,      ///< Lock, unlock, late charges.
  kReadMonths,        ///< As the partner sees them.
  kManageInvoices,    ///< Lines and totals of Microsoft's invoices, which charges are compared with.
  kReadPartnerCosts,  ///< Costs, charges, commitments, proof, downloads of the partner.
  kReadOwnCosts,      ///< Costs, charges, months, downloads of one's own customer, as far as the partner shows them.
  kActAsCustomer,     ///< Audited.
  kAskInSql,
  kManageAlerts,  ///< Channels and tests.
  kReadAlerts,
  kOperate,  ///< Jobs, health, metrics, backup.
  kReadAudit,
  kReadOwnAudit,  ///< What one's own customer's people did, and what was done for the customer. Of the partner's
                  ///< people, those have it who have kReadAudit.
  kTakeRuns,      ///< Read runs for the service, and write their files into the lake. All that a worker may.
};

struct RightDefinition {
  Right id;
  std::string_view name;   ///< `manage-people`
  std::string_view about;  ///< For the docs.
};

std::span<const RightDefinition> right_definitions();
const RightDefinition& right_definition(Right right);

/// Whether a role has a right.
bool has_right(Role role, Right right);

}  // namespace apportion
