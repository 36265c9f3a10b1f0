#include "people/rights.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace apportion {
namespace {

class Roles {
 public:
  constexpr Roles(std::initializer_list<Role> roles) {  // NOLINT(google-explicit-constructor): rows of a table
    for (const Role role : roles) bits_ |= 1U << static_cast<unsigned>(role);
  }
  constexpr bool has(Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1U) != 0; }

 private:
  std::uint32_t bits_ = 0;
};

struct Row {
  RightDefinition right;
  Roles roles;
};

constexpr Role kOwn = Role::kOwner;
constexpr Role kEng = Role::kBillingEngineer;
constexpr Role kFin = Role::kFinance;
constexpr Role kAna = Role::kAnalyst;
constexpr Role kOpr = Role::kOperator;
constexpr Role kAdm = Role::kCustomerAdmin;
constexpr Role kVie = Role::kCustomerViewer;
constexpr Role kWrk = Role::kWorker;

constexpr auto kRows = std::to_array<Row>({
    {{Right::kAnyone, "anyone", "what needs no sign-in"}, {kOwn, kEng, kFin, kAna, kOpr, kAdm, kVie, kWrk}},
    {{Right::kSignedIn, "signed-in", "one's own session, name and rights"}, {kOwn, kEng, kFin, kAna, kOpr, kAdm, kVie}},
    {{Right::kManagePeople, "manage-people", "people, roles, tokens, sign-in, settings"}, {kOwn}},
    {{Right::kManageOwnPeople, "manage-own-people", "people of one's own customer"}, {kOwn, kAdm}},
    {{Right::kManageConnections, "manage-connections", "connections, exports, imports, withdrawal: change"},
     {kOwn, kEng}},
    {{Right::kReadConnections, "read-connections", "connections, exports, imports: read, secrets never"},
     {kOwn, kEng, kOpr}},
    {{Right::kManageCustomers, "manage-customers", "customers, their tenants, what they see: change"},
     {kOwn, kEng, kFin}},
    {{Right::kReadCustomers, "read-customers", "customers, their tenants, what they see: read"},
     {kOwn, kEng, kFin, kAna}},
    {{Right::kApplyDocuments, "apply-documents", "rules and commitment policies: apply"}, {kOwn, kEng}},
    {{Right::kReadDocuments, "read-documents", "rules and commitment policies: read, check, preview"},
     {kOwn, kEng, kFin, kAna}},
    {{Right::kManageMonths, "manage-months", "lock and unlock months, decide on late charges"}, {kOwn, kFin}},
    {{Right::kReadMonths, "read-months", "months, locks, late charges: read"}, {kOwn, kEng, kFin, kAna}},
    {{Right::kManageInvoices, "manage-invoices", "lines and totals of Microsoft's invoices: import, enter, remove"},
     {kOwn, kEng, kFin}},
    {{Right::kReadPartnerCosts, "read-partner-costs", "costs, charges, commitments, proof, downloads of the partner"},
     {kOwn, kEng, kFin, kAna}},
    {{Right::kReadOwnCosts, "read-own-costs",
      "costs, charges, months, downloads of one's own customer, in the view that it has"},
     {kOwn, kEng, kFin, kAna, kAdm, kVie}},
    {{Right::kActAsCustomer, "act-as-customer", "see exactly what a customer sees (audited)"}, {kOwn, kEng, kFin}},
    {{Right::kAskInSql, "ask-in-sql", "questions in SQL"}, {kOwn, kEng, kAna}},
    {{Right::kManageAlerts, "manage-alerts", "alerts: channels"}, {kOwn, kEng, kOpr}},
    {{Right::kReadAlerts, "read-alerts", "alerts: read"}, {kOwn, kEng, kFin, kAna, kOpr}},
    {{Right::kOperate, "operate", "jobs, health, metrics, backup"}, {kOwn, kEng, kOpr}},
    {{Right::kReadAudit, "read-audit", "the audit log"}, {kOwn, kFin, kOpr}},
    {{Right::kReadOwnAudit, "read-own-audit",
      "what one's own customer's people did, and what was done for the customer"},
     {kOwn, kFin, kOpr, kAdm}},
    {{Right::kTakeRuns, "take-runs", "read runs for the service, as a worker"}, {kWrk}},
});

constexpr auto kDefinitions = [] {
  std::array<RightDefinition, kRows.size()> definitions{};
  for (std::size_t i = 0; i < kRows.size(); ++i) definitions[i] = kRows[i].right;
  return definitions;
}();

}  // namespace

std::span<const RightDefinition> right_definitions() { return kDefinitions; }

const RightDefinition& right_definition(Right right) { return kDefinitions[static_cast<std::size_t>(right)]; }

bool has_right(Role role, Right right) { return kRows[static_cast<std::size_t>(right)].roles.has(role); }

}  // namespace apportion
