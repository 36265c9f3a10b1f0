#include "lake/incoming_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "lake/lake.h"

namespace apportion {
namespace {

class Incoming : public ::testing::Test {
 protected:
  Incoming() : home_(std::move(Home::create(folder_ / "home")).value()) {}

  LakeFile put(const IncomingFiles& incoming, const LakePlace& place, const std::string& content) {
    const auto folder = incoming.folder_of(place);
    std::filesystem::create_directories(folder);
    EXPECT_TRUE(write_file_atomically(folder / "part.parquet", content));
    return *Lake(home_).describe(folder / "part.parquet", 1);
  }

  TestFolder folder_;
  Home home_;
  const LakePlace charges_{LakeRole::kCharges, *Month::parse("2026-10"), "acme", part_of_import(ImportId(7))};
  const LakePlace split_{LakeRole::kAssignments, *Month::parse("2026-10"), "acme", part_of_split(SplitId(3))};
};

TEST_F(Incoming, FilesGoToTheirPlacesAndAreReadFromBoth) {
  const Lake lake(home_);
  auto incoming = IncomingFiles::make(home_);
  ASSERT_TRUE(incoming);
  const LakeFile charges = put(*incoming, charges_, "charges");
  const LakeFile split = put(*incoming, split_, "split");
  EXPECT_FALSE(lake.damage_of(charges, FileCheck::kContent));
  ASSERT_TRUE(incoming->move_in());
  const LakeFile moved = incoming->moved(charges);
  EXPECT_EQ(moved.path, "charges/month=2026-10/connection=acme/import=7/part.parquet");
  EXPECT_EQ(incoming->moved(split).path, "assignments/month=2026-10/connection=acme/split=3/part.parquet");
  EXPECT_FALSE(lake.damage_of(moved, FileCheck::kContent));
  EXPECT_EQ(incoming->moved(moved).path, moved.path) << "it is no incoming file any more";
}

TEST_F(Incoming, WhatIsNotMovedInGoes) {
  {
    auto incoming = IncomingFiles::make(home_);
    ASSERT_TRUE(incoming);
    put(*incoming, charges_, "charges");
  }
  EXPECT_TRUE(std::filesystem::is_empty(home_.lake() / "incoming"));
  EXPECT_FALSE(std::filesystem::exists(home_.lake() / "charges"));
}

TEST_F(Incoming, NothingIsWrittenOver) {
  auto first = IncomingFiles::make(home_);
  auto second = IncomingFiles::make(home_);
  ASSERT_TRUE(first && second);
  const LakeFile charges = put(*first, charges_, "charges");
  put(*second, charges_, "others");
  ASSERT_TRUE(first->move_in());
  EXPECT_FALSE(second->move_in()) << "ids are used once";
  EXPECT_FALSE(Lake(home_).damage_of(first->moved(charges), FileCheck::kContent));
}

TEST_F(Incoming, NothingWrittenIsNothingToMove) {
  auto incoming = IncomingFiles::make(home_);
  ASSERT_TRUE(incoming);
  EXPECT_TRUE(incoming->move_in());
}

}  // namespace
}  // namespace apportion
