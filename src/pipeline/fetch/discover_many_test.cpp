#include "pipeline/fetch/discover_many.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/fetch/folder_store.h"
#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

using fetch_testing::kToday;
using fetch_testing::TestFolder;

TEST(DiscoverMany, FindsEachLocationsRunsInOrder) {
  const TestFolder folder;
  std::vector<LocationToDiscover> locations;
  for (int i = 0; i < 40; ++i) {
    const std::string place = "place" + std::to_string(i);
    const std::string part = fetch_testing::kRunFolder + "/part_0_0001.csv";
    if (i % 3 == 0) folder.write(fmt::format("{}/{}", place, part), "12345");
    if (i % 3 == 0) {
      folder.write(fmt::format("{}/{}/manifest.json", place, fetch_testing::kRunFolder),
                   fetch_testing::manifest_json({{part, 5, 1}}).dump());
    }
    if (i % 3 == 1) std::filesystem::create_directories(folder.path() / place);
    locations.push_back({[path = (folder.path() / place).string()]() -> Result<std::unique_ptr<BlobStore>> {
                           APPORTION_ASSIGN(std::unique_ptr<FolderStore> store, FolderStore::at(path));
                           return std::unique_ptr<BlobStore>(std::move(store));
                         },
                         {std::nullopt, kToday}});
  }
  for (const int threads : {0, 1, 7, 100}) {
    const auto found = discover_many(locations, threads, Cancel());
    ASSERT_EQ(found.size(), locations.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].has_value(), i % 3 != 2) << i;
      if (!found[i]) continue;
      EXPECT_EQ(found[i]->discovery.runs.size(), i % 3 == 0 ? 1U : 0U) << i;
      EXPECT_TRUE(found[i]->store->description().ends_with("place" + std::to_string(i)));
    }
  }
}

TEST(DiscoverMany, ACancelEndsIt) {
  const Cancel cancel;
  int opened = 0;
  const LocationToDiscover location{[&]() -> Result<std::unique_ptr<BlobStore>> {
                                      ++opened;
                                      cancel.request();
                                      return cancelled_error("here");
                                    },
                                    {std::nullopt, kToday}};
  const auto found = discover_many({location, location, location}, 1, cancel);
  EXPECT_EQ(found.size(), 3U);
  EXPECT_EQ(opened, 1);
  for (const auto& result : found) EXPECT_FALSE(result);
}

}  // namespace
}  // namespace apportion
