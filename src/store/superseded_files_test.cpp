// Which files of the lake are needed, noted as superseded, and given up.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/control_plane.h"
#include "store/live_import.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const Month kOctober = *Month::parse("2026-10");
constexpr std::int64_t kKeepDays = 400;

class SupersededFilesTest : public ::testing::Test {
 protected:
  SupersededFilesTest() : plane_(open(*Day::parse("2026-11-22"))) {
    acme_ = plane_.add_connection({.name = "acme"})->id;
  }

  ControlPlane open(Day today) {
    auto plane = ControlPlane::open(folder_ / "control-plane.sqlite", Clock::fixed(today), true);
    APPORTION_CHECK(plane.has_value(), "a test needs a control plane");
    return std::move(*plane);
  }

  // Some days after the first one.
  void be_at(int day) { plane_ = open(Day::parse("2026-11-22")->plus_days(day)); }

  // A run of the whole month; a later one takes the place of an earlier one.
  Import add_import(Dataset dataset = Dataset::kActualCost, const std::string& invoice = {}, int rejected = 0) {
    Import import;
    import.id = *plane_.next_import_id();
    import.connection = acme_;
    import.dataset = dataset;
    import.month = kOctober;
    import.run_id = invoice.empty() ? fmt::format("run-{:03}", import.id.raw()) : invoice;
    import.first_day = kOctober.first_day();
    import.last_day = kOctober.last_day();
    const char* role = holds_invoice_lines(dataset) ? "invoice-lines" : "charges";
    import.files = {{ {fmt::format("import={}", import.id.raw()), 3, 30, {}}, role }};
    import.rows_stored = 3;
    import.rows_rejected = rejected;
    import.rows_source = import.rows_stored + rejected;
    APPORTION_CHECK(plane_.add_import(import, {}), "a test needs an import");
    return import;
  }

  ChargeSet charges_of(const Import& import) {
    const auto id = *plane_.next_charge_set_id();
    const LakeFile timing{fmt::format("timing={}", id.raw()), 1, 10, {}};
    return {id, acme_, kOctober, {import.id}, {import.files[0].file, timing}, 1, ""};
  }

  Split split_of(const ChargeSet& charges) {
    Split split;
    split.id = *plane_.next_split_id();
    split.charge_set = charges.id;
    split.direct_files = {{fmt::format("split={}", split.id.raw()), 2, 20, {}}};
    return split;
  }

  ChargeSet publish(const Import& import) {
    ChargeSet charges = charges_of(import);
    const auto published = plane_.publish_month(charges, split_of(charges));
    EXPECT_TRUE(published) << published.error().message();
    return charges;
  }

  // The paths that are not kept after a command of this moment.
  std::vector<std::string> given_up(std::int64_t keep_days = kKeepDays) {
    const auto given_up = plane_.give_up_superseded_files(keep_days);
    EXPECT_TRUE(given_up) << given_up.error().message();
    return removed();
  }
  std::vector<std::string> removed() {
    std::vector<std::string> paths;
    const auto files = plane_.removed_lake_files();
    for (const LakeFile& file : *files) paths.push_back(file.path);
    return paths;
  }
  std::set<std::string> kept() {
    std::set<std::string> paths;
    const auto files = plane_.known_lake_files();
    for (const LakeFile& file : *files) paths.insert(file.path);
    return paths;
  }

  TestFolder folder_;
  ControlPlane plane_;
  ConnectionId acme_;
};

TEST_F(SupersededFilesTest, AreGivenUpAfterTheDaysThatNothingNeededThem) {
  publish(add_import());
  publish(add_import());
  publish(add_import());
  EXPECT_THAT(given_up(), IsEmpty()) << "they are superseded from now on";
  be_at(399);
  EXPECT_THAT(given_up(), IsEmpty());
  be_at(400);
  EXPECT_THAT(given_up(0), IsEmpty()) << "0 keeps all";
  EXPECT_THAT(given_up(), UnorderedElementsAre("import=1", "split=1", "split=2", "timing=1", "timing=2"));
  EXPECT_THAT(kept(), ElementsAre("import=2", "import=3", "split=3", "timing=3"))
      << "what is in force, and the import that takes its place when it is withdrawn";
  const AuditEntry entry = plane_.audit_log(1)->front();
  EXPECT_EQ(entry.what, "lake.remove");
  EXPECT_THAT(entry.detail, HasSubstr("5 files that nothing had needed for 400 days"));
  EXPECT_EQ(*plane_.give_up_superseded_files(kKeepDays), 0) << "once";
  EXPECT_TRUE(plane_.check(PlaneCheck::kWhole));
}

TEST_F(SupersededFilesTest, OfAnInvoiceTheNewestImportCountsAndTheOneBeforeIsKept) {
  constexpr auto kLines = Dataset::kInvoiceReconciliation;
  for (const char* invoice : {"G1", "G1", "G1", "G2"}) add_import(kLines, invoice);
  add_import(Dataset::kDailyRatedUsage, "G1");
  add_import(kLines, "G2", 1);
  add_import(kLines, "G3", 1);
  const auto in_force = [this] {
    std::vector<std::int64_t> ids;
    for (const Import& import : live_invoice_imports(*plane_.imports(acme_))) ids.push_back(import.id.raw());
    return ids;
  };
  EXPECT_THAT(in_force(), ElementsAre(3, 4, 5, 7)) << "rejects count where there is nothing better";
  given_up();
  be_at(400);
  EXPECT_THAT(given_up(), ElementsAre("import=1"));
  ASSERT_TRUE(plane_.withdraw_import(ImportId(3), "the wrong file"));
  EXPECT_THAT(in_force(), ElementsAre(2, 4, 5, 7));
  const auto refused = plane_.withdraw_import(ImportId(2), "this too");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kLakeFileRemoved);
  EXPECT_THAT(*plane_.bill_months(), IsEmpty()) << "lines make no bill month";
}

TEST_F(SupersededFilesTest, AreTheFilesOfTheirVersionsStillWithWhenAndWhy) {
  const ChargeSet first = publish(add_import());
  publish(add_import());
  publish(add_import());
  given_up();
  be_at(500);
  given_up();
  const auto old = plane_.charge_set(first.id);
  ASSERT_TRUE(old);
  ASSERT_EQ(old->files.size(), 2U);
  EXPECT_EQ(old->files[0].removal, (FileRemoval{"2028-04-05T12:00:00Z", kKeepDays}));
  EXPECT_TRUE(plane_.latest_split_of(first.id).value()->direct_files[0].removal);
  EXPECT_TRUE(plane_.import(ImportId(1))->files[0].file.removal);
  EXPECT_FALSE(plane_.import(ImportId(2))->files[0].file.removal);
}

TEST_F(SupersededFilesTest, TheTimeBeginsAnewWhenSomethingNeededThemMeanwhile) {
  publish(add_import());
  const ChargeSet second = publish(add_import());
  publish(add_import());
  given_up();
  be_at(300);
  ASSERT_TRUE(plane_.withdraw_import(ImportId(3), "wrong"));
  publish(plane_.import(ImportId(2)).value());
  EXPECT_THAT(given_up(), IsEmpty());
  const Import fourth = add_import();
  publish(fourth);
  given_up();
  be_at(450);
  EXPECT_THAT(given_up(), Not(Contains("import=1"))) << "it was within reach until day 300";
  EXPECT_THAT(removed(), Contains("timing=1"));
  be_at(700);
  EXPECT_THAT(given_up(), Contains("import=1"));
  EXPECT_THAT(kept(), Contains("import=2")) << "it comes in force when the newest is withdrawn";
}

TEST_F(SupersededFilesTest, WhatALockedMonthShowsStays) {
  const ChargeSet shown = publish(add_import());
  ASSERT_TRUE(plane_.set_locked(acme_, kOctober, true));
  for (int i = 0; i < 3; ++i) add_import();
  given_up();
  be_at(5000);
  given_up();
  const auto needed = plane_.charge_set(shown.id);
  for (const LakeFile& file : needed->files) EXPECT_FALSE(file.removal) << file.path;
  EXPECT_FALSE(plane_.latest_split_of(shown.id).value()->direct_files[0].removal);
  EXPECT_THAT(removed(), ElementsAre("import=2")) << "two others are newer";
}

TEST_F(SupersededFilesTest, WhatIsHeldStaysUntilSomethingElseTakesItsPlace) {
  const Import first = add_import();
  publish(first);
  const auto hold = [&](const Import& import) {
    const ChargeSet charges = charges_of(import);
    const auto held = plane_.publish({{charges, split_of(charges), Hold{HoldCause::kShrunk, "less"}}});
    EXPECT_TRUE(held) << held.error().message();
    return charges.id;
  };
  const ChargeSetId superseded = hold(add_import());
  const ChargeSetId left = hold(add_import());
  ASSERT_TRUE(plane_.decide_held(left, HoldDecision::kLeft, "they are wrong"));
  const ChargeSetId open = hold(add_import());
  given_up();
  be_at(1000);
  EXPECT_THAT(given_up(), UnorderedElementsAre("timing=2", "split=2"))
      << "import 2 follows import 3, which is left, and import 1 is in force";
  EXPECT_TRUE(plane_.charge_set(superseded)->files[1].removal);
  for (const ChargeSetId id : {left, open}) {
    const auto charges = plane_.charge_set(id);
    for (const LakeFile& file : charges->files) EXPECT_FALSE(file.removal) << file.path;
  }
}

TEST_F(SupersededFilesTest, WhatWasCarriedStaysWhileItCounts) {
  publish(add_import());
  Import later = add_import();
  ASSERT_TRUE(plane_.set_locked(acme_, kOctober, true));
  const ChargeSet newer = charges_of(later);
  ASSERT_TRUE(plane_.publish({{newer, split_of(newer), Hold{HoldCause::kLocked, "locked"}}}));
  Import november = later;
  november.id = *plane_.next_import_id();
  november.month = kOctober.plus_months(1);
  november.files[0].file.path = "november";
  ASSERT_TRUE(plane_.add_import(november, {}));
  ChargeSet of_november = charges_of(november);
  of_november.month = november.month;
  ASSERT_TRUE(plane_.publish_month(of_november, std::nullopt));
  Carry carry;
  carry.connection = acme_;
  carry.from = kOctober;
  carry.to = november.month;
  carry.charge_set = newer.id;
  carry.row_import = *plane_.next_import_id();
  carry.file = {"carried", 1, 10, {}};
  carry.reason = "agreed";
  const auto carried = plane_.add_carry(carry);
  ASSERT_TRUE(carried) << carried.error().message();
  given_up();
  be_at(1000);
  EXPECT_THAT(given_up(), IsEmpty());
  ASSERT_TRUE(plane_.undo_carry(acme_, kOctober, "a mistake"));
  EXPECT_THAT(given_up(), IsEmpty()) << "since now";
  be_at(1400);
  EXPECT_THAT(given_up(), ElementsAre("carried"));
  EXPECT_TRUE(plane_.carries()->front().file.removal);
}

TEST_F(SupersededFilesTest, DatasetsWithoutChargesKeepTheOneInForceAndTheNext) {
  for (const Dataset dataset : {Dataset::kReservationDetails, Dataset::kPriceSheet}) {
    for (int i = 0; i < 3; ++i) add_import(dataset);
  }
  given_up();
  be_at(400);
  EXPECT_THAT(given_up(), ElementsAre("import=1", "import=4"));
}

TEST_F(SupersededFilesTest, AnImportWithoutFilesDoesNotComeInForce) {
  for (int i = 0; i < 3; ++i) add_import(Dataset::kReservationDetails);
  given_up();
  be_at(400);
  EXPECT_THAT(given_up(), ElementsAre("import=1"));
  ASSERT_TRUE(plane_.withdraw_import(ImportId(3), "wrong"));
  const auto refused = plane_.withdraw_import(ImportId(2), "wrong, too");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kLakeFileRemoved);
  EXPECT_THAT(refused.error().why, HasSubstr("400 days, the setting `lake.keep-superseded-days`"));
  EXPECT_THAT(refused.error().why, HasSubstr("on 2027-12-27"));
  EXPECT_THAT(refused.error().next, HasSubstr("import 1 would come in force"));
  EXPECT_EQ(plane_.import(ImportId(2))->withdrawn, "");
  add_import(Dataset::kReservationDetails);
  EXPECT_TRUE(plane_.withdraw_import(ImportId(2), "wrong, too")) << "a newer run is there";
}

TEST_F(SupersededFilesTest, AreForgottenWithTheirConnection) {
  for (int i = 0; i < 3; ++i) add_import();
  given_up();
  be_at(400);
  EXPECT_THAT(given_up(), ElementsAre("import=1"));
  ASSERT_TRUE(plane_.remove_connection_with_imports(acme_, "it was a test"));
  EXPECT_THAT(given_up(), IsEmpty());
  EXPECT_TRUE(plane_.check(PlaneCheck::kWhole));
}

}  // namespace
}  // namespace apportion
