#include "foundation/model/role.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace apportion {
namespace {

constexpr auto kRoles = std::to_array<RoleDefinition>({
    {Role::kOwner, "owner", "owner", false},
    {Role::kBillingEngineer, "billing-engineer", "billing engineer", false},
    {Role::kFinance, "finance", "finance", false},
    {Role::kAnalyst, "analyst", "analyst", false},
    {Role::kOperator, "operator", "operator", false},
    {Role::kCustomerAdmin, "customer-admin", "customer administrator", true},
    {Role::kCustomerViewer, "customer-viewer", "customer viewer", true},
    {Role::kWorker, "worker", "worker", false},
});

}  // namespace

std::span<const RoleDefinition> role_definitions() { return kRoles; }

const RoleDefinition& role_definition(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> role_named(std::string_view name) {
  const auto* const found = std::ranges::find(kRoles, name, &RoleDefinition::name);
  return found == kRoles.end() ? std::nullopt : std::optional(found->id);
}

}  // namespace apportion
