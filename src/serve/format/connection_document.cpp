#include "serve/format/connection_document.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "serve/format/change_document.h"

namespace apportion {
namespace {

struct AccessLine {
  std::string_view name;
  std::string AzureSettings::*text;
};

constexpr std::array kAccessLines = {
    AccessLine{"cloud", &AzureSettings::cloud},
    AccessLine{"scope", &AzureSettings::scope},
    AccessLine{"auth", &AzureSettings::credential},
    AccessLine{"tenant", &AzureSettings::tenant},
    AccessLine{"client_id", &AzureSettings::client_id},
    AccessLine{"certificate", &AzureSettings::certificate_file},
    AccessLine{"token_file", &AzureSettings::token_file},
    AccessLine{"storage_tenant", &AzureSettings::storage_tenant},
    AccessLine{"api_version", &AzureSettings::api_version},
};

/// `actual_url`, `reservation_details_url`
std::string location_key(Dataset dataset) {
  std::string key = fmt::format("{}_url", dataset_short_name(dataset));
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

struct LegacyLine {
  std::string_view name;
  std::string LegacySettings::*text;
};

constexpr std::array kLegacyLines = {
    LegacyLine{"auth", &LegacySettings::credential},       LegacyLine{"tenant", &LegacySettings::tenant},
    LegacyLine{"client_id", &LegacySettings::client_id},   LegacyLine{"certificate", &LegacySettings::certificate_file},
    LegacyLine{"token_file", &LegacySettings::token_file},
};

nlohmann::ordered_json legacy_json(const LegacySettings& settings) {
  nlohmann::ordered_json json{{"fetch", nlohmann::ordered_json::array()}};
  for (const Dataset dataset : settings.datasets) json["fetch"].push_back(legacy_name(dataset));
  for (const LegacyLine& line : kLegacyLines) {
    if (!(settings.*line.text).empty()) json[std::string(line.name)] = settings.*line.text;
  }
  return json;
}

nlohmann::ordered_json azure_json(const AzureSettings& settings) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : azure_access_lines(settings)) json[std::string(name)] = value;
  json["reports"] = settings.use_reports;
  return json;
}

}  // namespace

nlohmann::ordered_json connection_json(const Connection& connection) {
  nlohmann::ordered_json json{{"name", connection.name}};
  for (const auto& [dataset, url] : connection.locations) json[location_key(dataset)] = url;
  json["mend"] = connection.mend;
  json["allow_retail_prices"] = connection.allow_retail_prices;
  json["allow_overlap"] = connection.allow_overlap;
  return json;
}

nlohmann::ordered_json connections_json(const std::vector<Connection>& connections) {
  auto list = nlohmann::ordered_json::array();
  for (const Connection& connection : connections) list.push_back(connection_json(connection));
  return {{"connections", std::move(list)}};
}

nlohmann::ordered_json connection_details_json(const ConnectionDetails& details) {
  nlohmann::ordered_json json = connection_json(details.connection);
  json["imports"] = details.imports;
  if (details.settings) json["azure"] = azure_json(*details.settings);
  if (details.legacy) json["legacy"] = legacy_json(*details.legacy);
  if (!details.distributor.empty()) {
    json["distributor"] = nlohmann::ordered_json::parse(details.distributor, nullptr, false);
  }
  for (const SealedSecret& secret : details.secrets) {
    json["secrets"].push_back(
        {{"name", secret.name}, {"expires_on", secret.expires_on ? secret.expires_on->to_string() : ""}});
  }
  return json;
}

nlohmann::ordered_json removed_connection_json(const RemovedConnection& removed) {
  nlohmann::ordered_json json = connection_json(removed.connection);
  if (!removed.changes) return json;
  json["imports"] = removed.imports;
  json["months"] = nlohmann::ordered_json::array();
  for (const Month month : removed.months) json["months"].push_back(month.to_string());
  add_changes(json, *removed.changes);
  return json;
}

std::vector<std::pair<std::string_view, std::string>> azure_access_lines(const AzureSettings& settings) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  for (const AccessLine& line : kAccessLines) {
    if (!(settings.*line.text).empty()) lines.emplace_back(line.name, settings.*line.text);
  }
  return lines;
}

std::vector<std::pair<std::string, std::string>> legacy_lines(const LegacySettings& settings) {
  std::vector<std::string_view> names;
  for (const Dataset dataset : settings.datasets) names.push_back(legacy_name(dataset));
  std::vector<std::pair<std::string, std::string>> lines{{"legacy", fmt::format("{}", fmt::join(names, ", "))}};
  for (const LegacyLine& line : kLegacyLines) {
    if (!(settings.*line.text).empty()) lines.emplace_back(fmt::format("legacy {}", line.name), settings.*line.text);
  }
  return lines;
}

nlohmann::ordered_json billing_account_json(const BillingOverview& overview) {
  auto profiles = nlohmann::ordered_json::array();
  for (const BillingProfile& profile : overview.profiles) {
    profiles.push_back({{"id", profile.name},
                        {"name", profile.display_name},
                        {"currency", profile.currency},
                        {"status", profile.status}});
  }
  auto customers = nlohmann::ordered_json::array();
  for (const BillingCustomer& customer : overview.customers) {
    customers.push_back({{"tenant_id", customer.tenant_id},
                         {"name", customer.display_name},
                         {"status", customer.status},
                         {"billing_profile", customer.billing_profile_name}});
  }
  return {{"billing_account", overview.account.name},
          {"name", overview.account.display_name},
          {"agreement_type", overview.account.agreement_type},
          {"profiles", std::move(profiles)},
          {"customers", std::move(customers)}};
}

nlohmann::ordered_json billing_accounts_json(const std::vector<BillingOverview>& accounts) {
  auto list = nlohmann::ordered_json::array();
  for (const BillingOverview& overview : accounts) list.push_back(billing_account_json(overview));
  return {{"billing_accounts", std::move(list)}};
}

}  // namespace apportion
