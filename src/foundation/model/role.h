/// Roles: what people and tokens may be for a home. Which rights a role has is `people/rights.h`.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace apportion {

enum class Role {
  kOwner,
  kBillingEngineer,
  kFinance,
  kAnalyst,
  kOperator,
  kCustomerAdmin,   ///< Of one customer; may manage that customer's people.
  kCustomerViewer,  ///< Of one customer.
  kWorker,          ///< Reads runs for the service; of tokens, never of people.
};

struct RoleDefinition {
  Role id;
  std::string_view name;   ///< `billing-engineer`
  std::string_view title;  ///< `billing engineer`
  bool of_customer;        ///< Whether it is always the role of one customer's people.
};

/// All roles, in the order of the enumeration.
std::span<const RoleDefinition> role_definitions();
const RoleDefinition& role_definition(Role role);
std::optional<Role> role_named(std::string_view name);

}  // namespace apportion
