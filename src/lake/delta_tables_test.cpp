#include "lake/delta_tables.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "foundation/base/files.h"
#include "foundation/base/test_support.h"
#include "lake/cleaner.h"
#include "lake/delta_log.h"
#include "lake/layout.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

constexpr std::string_view kNow = "2026-11-22T11:00:00Z";
const Month kOctober = *Month::from_civil(2026, 10);

class DeltaTablesTest : public ::testing::Test {
 protected:
  DeltaTablesTest()
      : home_(std::move(Home::create(folder_ / "home")).value()),
        plane_(std::move(ControlPlane::open(home_.control_plane_file(), Clock::fixed(*Day::parse("2026-11-22")), false))
                   .value()),
        acme_(plane_.add_connection({.name = "acme"})->id) {}

  LakeFile written(const LakePlace& place, LakeContent content) const {
    const fs::path path = lake_folder(place) / lake_file_name(content);
    fs::create_directories((home_.lake() / path).parent_path());
    std::ofstream(home_.lake() / path) << path.string();
    return {path.string(), 3, std::ssize(path.string()), {}};
  }

  Import imported(Month month) {
    Import import;
    import.connection = acme_;
    import.month = month;
    import.id = *plane_.next_import_id();
    import.run_id = fmt::format("run-{}", import.id.raw());
    import.files = {
        { written({LakeRole::kCharges, month, "acme", part_of_import(import.id)}, LakeContent::kCharges),
          "charges" }};
    EXPECT_TRUE(plane_.add_import(import, {}));
    return import;
  }

  // A new import of the month, and a split of its charges unless there is to be none.
  void publish(Month month, bool is_split = true) {
    const Import import = imported(month);
    ChargeSet charges{*plane_.next_charge_set_id(), acme_, month, {import.id}, {import.files[0].file}};
    std::optional<Split> split;
    if (is_split) {
      split.emplace();
      split->id = *plane_.next_split_id();
      split->charge_set = charges.id;
      const LakePlace place{LakeRole::kAssignments, month, "acme", part_of_split(split->id)};
      split->direct_files = {written(place, LakeContent::kDirectAssignments)};
      split->month_cube_files = {written(place, LakeContent::kMonthCube)};
    }
    const auto done = plane_.publish_month(charges, split);
    EXPECT_TRUE(done) << done.error().message();
  }

  std::vector<DeltaChange> bring_up_to_date(DeltaWay way = DeltaWay::kCommits) {
    const auto changes = publish_delta_tables(home_, plane_, kNow, way, make_checkpoint(), *home_.lock_for_writing());
    EXPECT_TRUE(changes) << changes.error().message();
    return changes ? *changes : std::vector<DeltaChange>{};
  }

  DeltaCheckpointMaker make_checkpoint() {
    return [this](const fs::path& lines, const fs::path& parquet) -> Result<void> {
      if (--checkpoints_that_fail_ >= 0) return Error{ErrorId::kFileFailed, "the disk is full", "", "", ""};
      return make_delta_checkpoint(engine_, lines, parquet);
    };
  }

  void publish_versions(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      publish(kOctober, false);
      bring_up_to_date();
    }
  }

  // Of the log of charges.
  std::set<std::string> files_of_log() const {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(table("charges") / kDeltaLogFolder))
      names.insert(file.path().filename().string());
    return names;
  }

  // Paths in the last checkpoint of the log of charges, as another program reads them.
  std::set<std::string> paths_in_checkpoint(std::int64_t version) {
    const fs::path file = table("charges") / kDeltaLogFolder / fmt::format("{:020}.checkpoint.parquet", version);
    std::set<std::string> paths;
    const std::string sql = fmt::format("SELECT \"add\".path FROM read_parquet({}) WHERE \"add\".path IS NOT NULL",
                                        sql_literal(file.string()));
    const auto done = engine_.query(sql, {}, [&](const EngineRow& row) {
      paths.insert(std::string(row.text(0)));
      return ok();
    });
    EXPECT_TRUE(done) << done.error().message();
    return paths;
  }

  std::set<std::string> paths_shown() const {
    const auto state = state_of("charges");
    std::set<std::string> paths;
    for (const auto& [path, file] : state->files) paths.insert(path);
    return paths;
  }

  fs::path table(std::string_view name) const { return home_.folder() / "delta" / name; }

  std::optional<DeltaState> state_of(std::string_view name) const { return *read_delta_log(table(name)); }

  // The content of the files that a table shows, which are the paths in the lake of what they link to.
  std::set<std::string> shown(std::string_view name) const {
    std::set<std::string> content;
    const auto state = state_of(name);
    if (!state) return content;
    for (const auto& [path, file] : state->files) content.insert(*read_file(table(name) / path));
    return content;
  }

  std::set<std::string> published(bool of_splits) const {
    std::set<std::string> paths;
    const auto months = *plane_.bill_months();
    for (const BillMonth& month : months) {
      std::vector<LakeFile> files;
      if (!of_splits && month.charge_set) files = plane_.charge_set(*month.charge_set)->files;
      if (of_splits && month.split) files = plane_.split(*month.split)->direct_files;
      for (const LakeFile& file : files) paths.insert(file.path);
    }
    return paths;
  }

  std::vector<std::string> differing() const { return *differing_delta_tables(home_, plane_); }

  TestFolder folder_;
  Home home_;
  ControlPlane plane_;
  ConnectionId acme_;
  Engine engine_ = std::move(Engine::open({})).value();
  int checkpoints_that_fail_ = 0;
};

TEST_F(DeltaTablesTest, AHomeWithoutMonthsHasNone) {
  EXPECT_THAT(bring_up_to_date(), IsEmpty());
  EXPECT_FALSE(fs::exists(home_.folder() / "delta"));
  EXPECT_THAT(differing(), IsEmpty());
}

TEST_F(DeltaTablesTest, ATableShowsWhatIsPublishedWithMonthAndConnection) {
  publish(kOctober);
  EXPECT_THAT(differing(), ElementsAre("charges", "direct_assignments", "month_cube"));
  EXPECT_EQ(bring_up_to_date().size(), 3U);
  EXPECT_THAT(differing(), IsEmpty());
  const auto state = state_of("charges");
  ASSERT_TRUE(state && state->files.size() == 1);
  const std::map<std::string, std::string> partition{{"x_BillMonth", "2026-10"}, {"x_Connection", "acme"}};
  EXPECT_EQ(state->files.begin()->second.partition, partition);
  EXPECT_EQ(state->files.begin()->second.rows, 3);
  EXPECT_THAT(bring_up_to_date(), IsEmpty()) << "nothing is new";
}

TEST_F(DeltaTablesTest, AfterEachOfManyPublicationsTheTablesShowWhatIsPublished) {
  std::minstd_rand random(7);
  std::map<std::int64_t, std::set<std::string>> versions;  // of charges
  for (int round = 0; round < 30; ++round) {
    const int months = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < months; ++i) publish(kOctober.plus_months(static_cast<int>(random() % 4)), random() % 4 != 0);
    if (random() % 3 == 0) continue;  // as after a crash: the next publication says it
    bring_up_to_date();
    EXPECT_EQ(shown("charges"), published(false));
    EXPECT_EQ(shown("direct_assignments"), published(true));
    EXPECT_THAT(differing(), IsEmpty());
    versions[state_of("charges")->version] = shown("charges");
  }
  EXPECT_EQ(versions.rbegin()->first + 1, std::ssize(versions)) << "one commit a publication";
}

TEST_F(DeltaTablesTest, FilesOfEarlierVersionsAreThereAsLongAsTheLakeKeepsThem) {
  publish(kOctober);
  bring_up_to_date();
  const fs::path old = table("direct_assignments") / state_of("direct_assignments")->files.begin()->first;
  const std::string of_lake = *shown("direct_assignments").begin();
  publish(kOctober);
  bring_up_to_date();
  EXPECT_TRUE(fs::exists(old));
  ASSERT_TRUE(plane_.give_up_superseded_files(400));
  bring_up_to_date();
  EXPECT_TRUE(fs::exists(old)) << "nothing has needed it for no day";
  {
    // The same control plane, two years later.
    ControlPlane later =
        std::move(ControlPlane::open(home_.control_plane_file(), Clock::fixed(*Day::parse("2028-11-22")), false))
            .value();
    ASSERT_GT(*later.give_up_superseded_files(400), 0);
    ASSERT_TRUE(remove_left_overs(home_, later, *home_.lock_for_writing()));
  }
  EXPECT_FALSE(fs::exists(home_.lake() / of_lake));
  bring_up_to_date();
  EXPECT_FALSE(fs::exists(old)) << "another name of a removed file would keep its rows";
}

TEST_F(DeltaTablesTest, WhatIsBrokenIsMadeAnew) {
  publish(kOctober);
  bring_up_to_date();
  const std::string id = state_of("charges")->table_id;
  const fs::path log = table("charges") / "_delta_log/00000000000000000000.json";
  std::ofstream(log, std::ios::app) << "{\"add\":";
  EXPECT_THAT(differing(), ElementsAre("charges"));
  bring_up_to_date();
  EXPECT_THAT(differing(), IsEmpty());
  EXPECT_NE(state_of("charges")->table_id, id);
  fs::remove_all(table("month_cube"));
  fs::create_directories(table("month_cube").string() + ".new/_delta_log");  // a crash while it was made anew
  fs::create_directories(table("month_cube").string() + ".old/_delta_log");
  std::ofstream(table("charges") / "_unfinished_commit") << "half a li";
  EXPECT_THAT(differing(), ElementsAre("month_cube"));
  bring_up_to_date();
  publish(kOctober);
  bring_up_to_date();
  EXPECT_THAT(differing(), IsEmpty());
  EXPECT_FALSE(fs::exists(table("month_cube").string() + ".old"));
}

TEST_F(DeltaTablesTest, AFileThatWasPutBackIsLinkedAgain) {
  publish(kOctober);
  bring_up_to_date();
  const std::string path = *published(false).begin();
  fs::remove(home_.lake() / path);
  std::ofstream(home_.lake() / path) << "from a backup";
  EXPECT_THAT(differing(), ElementsAre("charges"));
  EXPECT_THAT(bring_up_to_date(), IsEmpty()) << "the log is right";
  EXPECT_THAT(shown("charges"), ElementsAre("from a backup"));
  EXPECT_THAT(differing(), IsEmpty());
}

TEST_F(DeltaTablesTest, ALogHasACheckpointEveryHundredVersionsAndKeepsTheLastTwoHundred) {
  publish_versions(1);
  const std::string id = state_of("charges")->table_id;
  publish_versions(kDeltaCheckpointEvery - 1);
  EXPECT_EQ(files_of_log().size(), 100U);
  publish_versions(1);
  EXPECT_EQ(state_of("charges")->checkpoint, 100);
  EXPECT_EQ(paths_in_checkpoint(100), paths_shown());
  EXPECT_EQ(files_of_log().size(), 101U + 3U) << "nothing goes: there is one checkpoint";
  publish_versions(kDeltaCheckpointEvery + 1);
  EXPECT_EQ(state_of("charges")->version, 201);
  EXPECT_EQ(state_of("charges")->table_id, id);
  EXPECT_EQ(shown("charges"), published(false));
  EXPECT_THAT(differing(), IsEmpty());
  const auto files = files_of_log();
  EXPECT_TRUE(files.contains("00000000000000000100.checkpoint.parquet"));
  EXPECT_TRUE(files.contains("00000000000000000100.json"));
  EXPECT_FALSE(files.contains("00000000000000000099.json"));
  EXPECT_FALSE(files.contains("00000000000000000000.00000000000000000100.compacted.json"));
  publish(kOctober);
  bring_up_to_date();
  EXPECT_EQ(state_of("charges")->version, 202);
  EXPECT_EQ(shown("charges"), published(false));
}

TEST_F(DeltaTablesTest, ACheckpointThatFailedIsWrittenNextTime) {
  publish_versions(kDeltaCheckpointEvery);
  publish(kOctober, false);
  checkpoints_that_fail_ = 1;
  EXPECT_FALSE(
      publish_delta_tables(home_, plane_, kNow, DeltaWay::kCommits, make_checkpoint(), *home_.lock_for_writing()));
  EXPECT_EQ(shown("charges"), published(false)) << "the commit is there";
  EXPECT_EQ(state_of("charges")->checkpoint, 0);
  EXPECT_THAT(bring_up_to_date(), IsEmpty());
  EXPECT_EQ(state_of("charges")->checkpoint, 100);
  EXPECT_EQ(paths_in_checkpoint(100), paths_shown());
}

TEST_F(DeltaTablesTest, AfterACrashWhileACheckpointIsWrittenTheLogSaysWhatItSaid) {
  publish_versions(kDeltaCheckpointEvery + 1);
  const fs::path log = table("charges") / kDeltaLogFolder;
  fs::remove(log / "00000000000000000000.00000000000000000100.compacted.json");  // it comes last
  EXPECT_EQ(shown("charges"), published(false));
  EXPECT_EQ(state_of("charges")->checkpoint, 0);
  fs::remove(log / "_last_checkpoint");
  std::ofstream(table("charges") / "_unfinished_checkpoint") << "PAR";
  EXPECT_THAT(differing(), IsEmpty());
  EXPECT_THAT(bring_up_to_date(), IsEmpty());
  EXPECT_EQ(state_of("charges")->checkpoint, 100);
  EXPECT_EQ(paths_in_checkpoint(100), paths_shown());
}

TEST_F(DeltaTablesTest, ACheckpointThatIsDamagedOrOfOthersIsNoticed) {
  publish_versions(kDeltaCheckpointEvery + 1);
  const fs::path log = table("charges") / kDeltaLogFolder;
  fs::resize_file(log / "00000000000000000100.checkpoint.parquet", 100);
  EXPECT_THAT(differing(), ElementsAre("charges"));
  bring_up_to_date();
  EXPECT_EQ(state_of("charges")->version, 0);
  publish_versions(kDeltaCheckpointEvery);
  EXPECT_THAT(differing(), IsEmpty());
  std::ofstream(log / "00000000000000000003.00000000000000000005.compacted.json") << "{}";
  EXPECT_THAT(differing(), ElementsAre("charges")) << "it is not ours";
  bring_up_to_date();
  EXPECT_EQ(shown("charges"), published(false));
}

TEST_F(DeltaTablesTest, AllAreMadeAnewOnRequest) {
  publish(kOctober);
  bring_up_to_date();
  publish(kOctober);
  EXPECT_EQ(bring_up_to_date(DeltaWay::kAnew).size(), 10U) << "empty ones, too";
  EXPECT_EQ(state_of("charges")->version, 0);
  EXPECT_EQ(shown("charges"), published(false));
  EXPECT_THAT(differing(), IsEmpty());
}

}  // namespace
}  // namespace apportion
