#include "serve/cli/people_access.h"

#include <vector>

namespace apportion {

PeopleWorld people_world(const Session& session) {
  return {
      .clock = session.clock(), .epoch_seconds = session.world().epoch_seconds, .variable = session.world().variable};
}

Result<PeopleManager> open_people(Session& session) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  return PeopleManager::open(workspace.home, people_world(session), Identity::of_operator(session.caller().actor));
}

CommandOption RoleOptions::add_options(Command command) {
  std::vector<std::string> names;
  for (const RoleDefinition& definition : role_definitions()) names.emplace_back(definition.name);
  command.add_option("--customer", customer, "Customer of the roles customer-admin and customer-viewer")
      .type_name("CUSTOMER");
  return command.add_option("--role", role, "What the rights are").one_of(names).type_name("ROLE");
}

Result<std::optional<Role>> RoleOptions::chosen_role() const {
  if (!role) return std::optional<Role>();
  APPORTION_ASSIGN(const Role chosen, role_of_name(*role));
  return std::optional(chosen);
}

std::optional<CustomerId> RoleOptions::chosen_customer() const {
  return customer ? std::optional(CustomerId(*customer)) : std::nullopt;
}

}  // namespace apportion
