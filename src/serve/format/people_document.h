/// Shows users, sessions, tokens and their identity provider as JSON documents for programs. No secret is in them.
#pragma once

#include <nlohmann/json.hpp>

#include "application/identity_provider.h"
#include "application/people.h"

namespace apportion {

/// What is not known or not there is left out.
nlohmann::ordered_json user_json(const UserView& user);
nlohmann::ordered_json session_json(const SessionView& session);
nlohmann::ordered_json token_json(const TokenView& token);
nlohmann::ordered_json identity_provider_json(const IdentityProviderView& provider);
nlohmann::ordered_json mapped_tenant_json(const PeopleBook::MappedTenant& tenant);

}  // namespace apportion
