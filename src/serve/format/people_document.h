/// Shows users, sessions and tokens as JSON documents for programs. No secret is in them.
#pragma once

#include <nlohmann/json.hpp>

#include "application/people.h"

namespace apportion {

/// What is not known or not there is left out.
nlohmann::ordered_json user_json(const UserView& user);
nlohmann::ordered_json session_json(const SessionView& session);
nlohmann::ordered_json token_json(const TokenView& token);

}  // namespace apportion
