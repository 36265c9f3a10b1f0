#include "azure/cloud.h"

#include <map>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(Cloud, IsKnownByItsNames) {
  EXPECT_EQ(cloud_named("public")->arm_scope(), "https://management.azure.com/.default");
  EXPECT_EQ(cloud_named("USGov")->login, "https://login.microsoftonline.us");
  EXPECT_EQ(cloud_named("AzureChinaCloud")->storage_suffix, "core.chinacloudapi.cn");
  EXPECT_EQ(cloud_named("public")->graph_scope(), "https://graph.microsoft.com/.default");
  EXPECT_EQ(cloud_named("china")->graph, "");  // no billing of partners there
  const auto unknown = cloud_named("moon");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().id, ErrorId::kNoSuchCloud);
  EXPECT_NE(unknown.error().message().find("public, usgov and china"), std::string::npos);
}

TEST(Cloud, TakesPartsOfTheEnvironment) {
  const std::map<std::string, std::string> variables{{"AZURE_AUTHORITY_HOST", "https://login.example.com/"},
                                                     {"APPORTION_ARM_ENDPOINT", "http://127.0.0.1:8080"},
                                                     {"APPORTION_STORAGE_SUFFIX", ""},
                                                     {"APPORTION_GRAPH_ENDPOINT", "graph.example.com"}};
  const CloudParts parts = cloud_parts_of_environment([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
  const auto cloud = cloud_with(*cloud_named("public"), parts);
  ASSERT_TRUE(cloud) << cloud.error().message();
  EXPECT_EQ(cloud->login, "https://login.example.com");
  EXPECT_EQ(cloud->arm, "http://127.0.0.1:8080");
  EXPECT_EQ(cloud->storage_suffix, "core.windows.net");
  EXPECT_EQ(cloud->graph, "https://graph.example.com");
  EXPECT_EQ(cloud->name, "custom");
  EXPECT_EQ(cloud_with(*cloud_named("china"), {})->name, "china");
  EXPECT_EQ(cloud_with(*cloud_named("china"), {"login.example.com", {}, {}})->login, "https://login.example.com");
}

TEST(Cloud, RefusesPartsThatWouldCarryTokensAway) {
  for (const char* wrong : {"http://login.example.com", "https://user@login.example.com", "https://h/path",
                            "https://h?x", "", "ftp://h", "https://h h"}) {
    const auto cloud = cloud_with(*cloud_named("public"), {wrong, {}, {}});
    ASSERT_FALSE(cloud) << wrong;
    EXPECT_EQ(cloud.error().id, ErrorId::kCloudSettingsInvalid);
  }
  EXPECT_FALSE(cloud_with(*cloud_named("public"), {{}, {}, "core.windows.net/x?"}));
  EXPECT_FALSE(cloud_with(*cloud_named("public"), {{}, {}, ""}));
}

}  // namespace
}  // namespace apportion
