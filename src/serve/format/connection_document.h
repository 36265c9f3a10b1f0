/// Shows connections, and what a connection's sign-in can see, as JSON documents for programs. No secret is in them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/connection_discovery.h"
#include "application/connections.h"

namespace apportion {

nlohmann::ordered_json connection_json(const Connection& connection);
/// `{"connections": …}`
nlohmann::ordered_json connections_json(const std::vector<Connection>& connections);
/// The same, with the number of its imports, how it reaches Azure, and the names of its secrets.
nlohmann::ordered_json connection_details_json(const ConnectionDetails& details);
/// The same, with what was removed with it, or would be.
nlohmann::ordered_json removed_connection_json(const RemovedConnection& removed);

/// How a connection reaches Azure: names and values, without those that are empty.
std::vector<std::pair<std::string_view, std::string>> azure_access_lines(const AzureSettings& settings);
/// The same of its legacy part.
std::vector<std::pair<std::string, std::string>> legacy_lines(const LegacySettings& settings);

nlohmann::ordered_json billing_account_json(const BillingOverview& overview);
/// `{"billing_accounts": …}`
nlohmann::ordered_json billing_accounts_json(const std::vector<BillingOverview>& accounts);

}  // namespace apportion
