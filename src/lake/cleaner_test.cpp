#include "lake/cleaner.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class CleanerTest : public ::testing::Test {
 protected:
  CleanerTest()
      : home_(std::move(Home::create(folder_ / "home")).value()),
        plane_(std::move(ControlPlane::open(home_.control_plane_file(), Clock::fixed(*Day::parse("2026-11-22")), false))
                   .value()) {
    Import import;
    import.connection = plane_.add_connection({.name = "acme"})->id;
    import.id = *plane_.next_import_id();
    import.files = {{ {kMonth + "import=1/charges-0.parquet", 1, 1, {}}, "charges" }};
    EXPECT_TRUE(plane_.add_import(import, {}));
    put(kMonth + "import=1/charges-0.parquet");
  }

  static void put_file(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  }
  void put(const std::string& path) const { put_file(home_.lake() / path); }
  bool is_there(const std::string& path) const { return fs::exists(fs::symlink_status(home_.lake() / path)); }

  std::vector<std::string> clean() const {
    const auto removed = remove_left_overs(home_, plane_, *home_.lock_for_writing());
    EXPECT_TRUE(removed) << removed.error().message();
    return *removed;
  }

  static inline const std::string kMonth = "charges/month=2026-10/connection=acme/";
  TestFolder folder_;
  Home home_;
  ControlPlane plane_;
};

TEST_F(CleanerTest, WhatTheCatalogDoesNotNameIsRemoved) {
  put(kMonth + "import=1/charges-1.parquet");
  put(kMonth + "import=1/charges-0.parquet.restoring");
  put(kMonth + "import=2/charges-0.parquet");
  put(kMonth + "import=2/timing.parquet");
  put("assignments/month=2026-10/connection=acme/split=9/direct-0.parquet");
  fs::create_directories(home_.lake() / "carried/month=2026-10");
  const std::string dead = random_guid();
  put("incoming/" + dead + "/files/charges-0.parquet");
  EXPECT_THAT(clean(), ElementsAre("lake/assignments/", "lake/carried/",
                                   "lake/" + kMonth + "import=1/charges-0.parquet.restoring",
                                   "lake/" + kMonth + "import=1/charges-1.parquet", "lake/" + kMonth + "import=2/",
                                   "lake/incoming/" + dead + "/"));
  EXPECT_TRUE(is_there(kMonth + "import=1/charges-0.parquet"));
  EXPECT_THAT(clean(), IsEmpty());
  EXPECT_THAT(*foreign_entries(home_, plane_), IsEmpty());
}

TEST_F(CleanerTest, WhatSomebodyElsePutThereStaysAndIsListed) {
  const std::vector<std::string> foreign = {
      "_SUCCESS",
      "charges/notes.txt",
      kMonth + "import=1/charges-0.parquet.bak",
      kMonth + "import=1/readme/charges-0.parquet",
      kMonth + "import=2/costs.parquet",
      "charges/month=2026-10/import=7/charges-0.parquet",
      "my-tables/month=2026-10/connection=acme/import=7/charges-0.parquet",
  };
  for (const std::string& path : foreign) put(path);
  put(kMonth + "import=2/charges-0.parquet");
  EXPECT_THAT(clean(), ElementsAre("lake/" + kMonth + "import=2/charges-0.parquet")) << "ours, beside a foreign file";
  for (const std::string& path : foreign) EXPECT_TRUE(is_there(path)) << path;
  EXPECT_THAT(*foreign_entries(home_, plane_),
              ElementsAre("lake/_SUCCESS", "lake/" + kMonth + "import=1/charges-0.parquet.bak",
                          "lake/" + kMonth + "import=1/readme/", "lake/" + kMonth + "import=2/costs.parquet",
                          "lake/charges/month=2026-10/import=7/", "lake/charges/notes.txt", "lake/my-tables/"));
}

TEST_F(CleanerTest, LinksAreNeitherFollowedNorRemoved) {
  put_file(folder_ / "outside/month=2026-10/connection=acme/import=3/charges-0.parquet");
  put_file(folder_ / "outside/file");
  fs::create_directory_symlink(folder_ / "outside", home_.lake() / "prices");
  fs::create_symlink(folder_ / "outside/file", home_.lake() / (kMonth + "import=1/charges-1.parquet"));
  fs::create_symlink(folder_ / "nowhere", home_.lake() / (kMonth + "import=1/charges-2.parquet"));
  EXPECT_THAT(clean(), IsEmpty());
  EXPECT_TRUE(fs::exists(folder_ / "outside/file"));
  EXPECT_TRUE(fs::exists(folder_ / "outside/month=2026-10/connection=acme/import=3/charges-0.parquet"));
  EXPECT_THAT(*foreign_entries(home_, plane_),
              ElementsAre("lake/" + kMonth + "import=1/charges-1.parquet",
                          "lake/" + kMonth + "import=1/charges-2.parquet", "lake/prices"));
}

TEST_F(CleanerTest, AFolderOfALiveFileThatWasMovedToAnotherDiskStays) {
  fs::rename(home_.lake() / "charges", folder_ / "other-disk");
  fs::create_directory_symlink(folder_ / "other-disk", home_.lake() / "charges");
  EXPECT_THAT(clean(), IsEmpty());
  EXPECT_TRUE(fs::exists(home_.lake() / (kMonth + "import=1/charges-0.parquet")));
  EXPECT_THAT(*foreign_entries(home_, plane_), IsEmpty());
}

}  // namespace
}  // namespace apportion
