#include "azure/cloud.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "azure/http.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

struct CloudRow {
  std::string_view name;
  std::string_view name_of_az;  // what `az cloud list` calls it
  std::string_view login;
  std::string_view arm;
  std::string_view storage_suffix;
  std::string_view graph;
};

constexpr auto kClouds = std::to_array<CloudRow>({
    {"public", "AzureCloud", "https://login.microsoftonline.com", "https://management.azure.com", "core.windows.net",
     "https://graph.microsoft.com"},
    {"usgov", "AzureUSGovernment", "https://login.microsoftonline.us", "https://management.usgovcloudapi.net",
     "core.usgovcloudapi.net", ""},
    {"china", "AzureChinaCloud", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn",
     "core.chinacloudapi.cn", ""},
});

Error wrong_part(std::string_view part, std::string_view value, std::string_view expected) {
  return {ErrorId::kCloudSettingsInvalid, fmt::format("the {} of the cloud cannot be used", part), shown_url(value),
          fmt::format("{} was expected", expected),
          "correct the setting of the connection, or the environment variable that it comes from"};
}

Result<std::string> endpoint(std::string_view part, std::string value) {
  if (value.find("://") == std::string::npos) value.insert(0, "https://");
  while (value.ends_with('/')) value.pop_back();
  const std::string origin = origin_of(value);
  const bool only_host = std::count(value.begin(), value.end(), '/') == 2 && value.find('?') == std::string::npos;
  if (origin.empty() || !only_host || !is_secure(value)) {
    return wrong_part(part, value, "https://HOST (http only for this machine)");
  }
  return value;
}

Result<std::string> host_suffix(std::string value) {
  while (value.starts_with('.')) value.erase(0, 1);
  const bool only_host = value.find_first_of("/?#:") == std::string::npos && !value.empty();
  if (!only_host || origin_of("https://a." + value).empty()) {
    return wrong_part("storage suffix", value, "a host name like core.windows.net");
  }
  return value;
}

}  // namespace

Result<Cloud> cloud_named(std::string_view name) {
  for (const CloudRow& row : kClouds) {
    if (ascii_equal_ignoring_case(name, row.name) || ascii_equal_ignoring_case(name, row.name_of_az)) {
      return Cloud{std::string(row.name), std::string(row.login), std::string(row.arm), std::string(row.storage_suffix),
                   std::string(row.graph)};
    }
  }
  return Error{ErrorId::kNoSuchCloud, "there is no such cloud", excerpt(name), "the clouds are public, usgov and china",
               "name one of them"};
}

CloudParts cloud_parts_of_environment(const std::function<std::optional<std::string>(const char*)>& variable) {
  const auto given = [&variable](const char* name) {
    auto value = variable(name);
    return value && trim(*value).empty() ? std::nullopt : value;
  };
  return {given("AZURE_AUTHORITY_HOST"), given("APPORTION_ARM_ENDPOINT"), given("APPORTION_STORAGE_SUFFIX"),
          given("APPORTION_GRAPH_ENDPOINT")};
}

Result<Cloud> cloud_with(Cloud cloud, const CloudParts& parts) {
  const Cloud before = cloud;
  if (parts.login) {
    APPORTION_ASSIGN(cloud.login, endpoint("sign-in host", std::string(trim(*parts.login))));
  }
  if (parts.arm) {
    APPORTION_ASSIGN(cloud.arm, endpoint("management endpoint", std::string(trim(*parts.arm))));
  }
  if (parts.storage_suffix) {
    APPORTION_ASSIGN(cloud.storage_suffix, host_suffix(std::string(trim(*parts.storage_suffix))));
  }
  if (parts.graph) {
    APPORTION_ASSIGN(cloud.graph, endpoint("Microsoft Graph endpoint", std::string(trim(*parts.graph))));
  }
  const bool same = cloud.login == before.login && cloud.arm == before.arm &&
                    cloud.storage_suffix == before.storage_suffix && cloud.graph == before.graph;
  if (!same) cloud.name = "custom";
  return cloud;
}

}  // namespace apportion
