/// Managing people from the command line: whoever may run the program in a home is an owner of it. Internal to `cli`.
#pragma once

#include <optional>
#include <string>

#include "application/people.h"
#include "foundation/base/result.h"
#include "serve/cli/command.h"
#include "serve/cli/session.h"

namespace apportion {

/// What managing people needs from around the process.
PeopleWorld people_world(const Session& session);

/// Errors: those of opening the home.
Result<PeopleManager> open_people(Session& session);

/// The role and the customer that users and tokens have.
struct RoleOptions {
  std::optional<std::string> role;
  std::optional<std::string> customer;

  /// --role and --customer. Returns the first.
  CommandOption add_options(Command command);
  /// Errors: kNoSuchRole.
  Result<std::optional<Role>> chosen_role() const;
  std::optional<CustomerId> chosen_customer() const;
};

/// Below `user`.
void add_user_provider_command(Command parent, Action& action);

}  // namespace apportion
