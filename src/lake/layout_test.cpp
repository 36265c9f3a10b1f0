#include "lake/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

const LakePlace kOfAnImport{LakeRole::kCharges, *Month::parse("2026-10"), "acme", part_of_import(ImportId(7))};
const LakePlace kOfASplit{LakeRole::kAssignments, *Month::parse("2026-10"), "acme.eu", part_of_split(SplitId(12))};

std::string path_of(const LakePlace& place, const std::string& name) { return (lake_folder(place) / name).string(); }

TEST(Layout, NamesFilesByRoleMonthConnectionAndWriter) {
  EXPECT_EQ(path_of(kOfAnImport, lake_file_name(LakeContent::kCharges, 3)),
            "charges/month=2026-10/connection=acme/import=7/charges-3.parquet");
  EXPECT_EQ(path_of(kOfASplit, lake_file_name(LakeContent::kShares, 0)),
            "assignments/month=2026-10/connection=acme.eu/split=12/shares-0.parquet");
  EXPECT_EQ(lake_file_name(LakeContent::kTimingRows), "timing.parquet");
}

TEST(Layout, KnowsItsOwnPaths) {
  for (const LakeContent content :
       {LakeContent::kCharges, LakeContent::kMirror, LakeContent::kTimingRows, LakeContent::kFilledPrices}) {
    const auto place = place_of_lake_file(path_of(kOfAnImport, lake_file_name(content)));
    ASSERT_TRUE(place) << lake_file_name(content);
    EXPECT_EQ(place->role, LakeRole::kCharges);
    EXPECT_EQ(place->month, kOfAnImport.month);
    EXPECT_EQ(place->connection, "acme");
    EXPECT_EQ(place->part, "import=7");
  }
  for (const LakeContent content : {LakeContent::kDirectAssignments, LakeContent::kShares, LakeContent::kMoves})
    EXPECT_TRUE(place_of_lake_file(path_of(kOfASplit, lake_file_name(content, 10))));
  for (const LakeContent content :
       {LakeContent::kMonthCube, LakeContent::kDayCube, LakeContent::kTagCube, LakeContent::kDayTotals})
    EXPECT_TRUE(place_of_lake_file(path_of(kOfASplit, lake_file_name(content))));
  for (const auto& [role, content] : {std::pair(LakeRole::kCommitments, LakeContent::kCommitments),
                                      std::pair(LakeRole::kPrices, LakeContent::kPrices),
                                      std::pair(LakeRole::kInvoiceLines, LakeContent::kInvoiceLines),
                                      std::pair(LakeRole::kCarriedChanges, LakeContent::kCarriedChanges)}) {
    LakePlace place = kOfAnImport;
    place.role = role;
    EXPECT_TRUE(place_of_lake_file(path_of(place, lake_file_name(content))));
    EXPECT_TRUE(place_of_lake_file(path_of(place, restoring_name(lake_file_name(content)))));
  }
  EXPECT_TRUE(is_lake_folder("charges"));
  EXPECT_TRUE(is_lake_folder("charges/month=2026-10"));
  EXPECT_TRUE(is_lake_folder("charges/month=2026-10/connection=acme"));
  EXPECT_TRUE(is_lake_folder("charges/month=2026-10/connection=acme/import=7"));
}

TEST(Layout, NearMissesAreNotItsPaths) {
  const std::string folder = "charges/month=2026-10/connection=acme/import=7/";
  for (const char* name :
       {"charges.parquet", "charges-.parquet", "charges-01.parquet", "charges-1a.parquet", "Charges-1.parquet",
        "charges-1.parquet.bak", "charges-1.csv", "charges-1.parquet.restoring.restoring", "timing-0.parquet",
        "direct-0.parquet", "prices-0.parquet", "filled-prices-0.parquet", ".charges-0.parquet", "", "a/b.parquet"})
    EXPECT_FALSE(place_of_lake_file(folder + name)) << name;
  for (const char* path :
       {"charges/month=2026-10/connection=acme/split=7/charges-0.parquet",
        "charges/month=2026-10/connection=acme/import=/charges-0.parquet",
        "charges/month=2026-10/connection=acme/import=07/charges-0.parquet",
        "charges/month=2026-10/connection=acme/import=99999999999999999999/charges-0.parquet",
        "charges/month=2026-10/connection=ACME/import=7/charges-0.parquet",
        "charges/month=2026-10/connection=/import=7/charges-0.parquet",
        "charges/month=2026-13/connection=acme/import=7/charges-0.parquet",
        "charges/month=2026-1/connection=acme/import=7/charges-0.parquet",
        "charges/2026-10/connection=acme/import=7/charges-0.parquet",
        "costs/month=2026-10/connection=acme/import=7/charges-0.parquet",
        "assignments/month=2026-10/connection=acme/import=7/direct-0.parquet",
        "charges/month=2026-10/import=7/charges-0.parquet", "charges/charges-0.parquet", "charges-0.parquet", ""})
    EXPECT_FALSE(place_of_lake_file(path)) << path;
  for (const char* path : {"", "incoming", "notes", "charges/", "charges/2026-10", "charges/month=2026-10/acme",
                           "charges/month=2026-10/connection=acme/import=7/more"})
    EXPECT_FALSE(is_lake_folder(path)) << path;
}

}  // namespace
}  // namespace apportion
