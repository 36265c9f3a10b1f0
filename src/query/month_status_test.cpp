#include "query/month_status.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

const Month kOctober = *Month::parse("2026-10");

struct StateCase {
  std::string name;
  std::vector<Import> imports;
  bool locked = false;
  std::string today = "2026-11-22";
  std::string state;
};

Import run_of(Dataset dataset, int last_day, const std::string& submitted, std::int64_t rejected = 0,
              int first_day = 1) {
  Import import;
  import.id = ImportId(1);
  import.dataset = dataset;
  import.month = kOctober;
  import.rows_source = 5;
  import.first_day = *Day::from_civil(2026, 10, first_day);
  import.last_day = *Day::from_civil(2026, 10, last_day);
  import.submitted_at = submitted;
  import.rows_rejected = rejected;
  return import;
}

TEST(MonthStatus, FollowsFromTheImportsAndTheDay) {
  constexpr auto kActual = Dataset::kActualCost;
  constexpr auto kAmortized = Dataset::kAmortizedCost;
  constexpr auto kFocus = Dataset::kFocusCost;
  const std::string late = "2026-11-06T01:00:00Z";
  const StateCase cases[] = {
      {"nothing", {}, false, "2026-11-22", "missing"},
      {"both, late enough", {run_of(kActual, 31, late), run_of(kAmortized, 31, late)}, false, "2026-11-22", "complete"},
      {"both, locked", {run_of(kActual, 31, late), run_of(kAmortized, 31, late)}, true, "2026-11-22", "locked"},
      {"one of them early",
       {run_of(kActual, 31, late), run_of(kAmortized, 31, "2026-11-05T23:00:00Z")},
       false,
       "2026-11-22",
       "open"},
      {"nobody knows when", {run_of(kActual, 31, ""), run_of(kAmortized, 31, late)}, false, "2026-11-22", "open"},
      {"only one of the two", {run_of(kActual, 31, late)}, false, "2026-11-22", "partial"},
      {"only the other", {run_of(kAmortized, 31, late)}, false, "2026-11-22", "partial"},
      {"rejects", {run_of(kActual, 31, late, 1), run_of(kAmortized, 31, late)}, false, "2026-11-22", "partial"},
      {"begins late", {run_of(kActual, 31, late), run_of(kAmortized, 31, late, 0, 2)}, false, "2026-11-22", "partial"},
      {"ends early, month over",
       {run_of(kActual, 30, late), run_of(kAmortized, 31, late)},
       false,
       "2026-11-22",
       "partial"},
      {"ends early, month running",
       {run_of(kActual, 20, "2026-10-21T00:00:00Z"), run_of(kAmortized, 20, "2026-10-21T00:00:00Z")},
       false,
       "2026-10-21",
       "open"},
      {"one of them early, the other short",
       {run_of(kActual, 31, "2026-11-05T23:00:00Z"), run_of(kAmortized, 19, late)},
       false,
       "2026-11-22",
       "partial"},
      {"one of them short, the other early",
       {run_of(kActual, 19, late), run_of(kAmortized, 31, "2026-11-05T23:00:00Z")},
       false,
       "2026-11-22",
       "partial"},
      {"FOCUS alone", {run_of(kFocus, 31, late)}, false, "2026-11-22", "complete"},
      {"FOCUS and one of the two",
       {run_of(kFocus, 31, late), run_of(kActual, 20, late, 3)},
       false,
       "2026-11-22",
       "complete"},
  };
  for (const StateCase& one : cases) {
    BillMonth month{ConnectionId(1), kOctober, one.locked, std::nullopt, std::nullopt};
    std::optional<ChargeSet> published;
    if (!one.imports.empty()) published.emplace().imports = {ImportId(1)};
    const MonthStatus state = month_status(month, one.imports, published, *Day::parse(one.today));
    EXPECT_EQ(state.name, one.state) << one.name;
    EXPECT_EQ(state.reason.empty(), one.state == "complete") << one.name << ": " << state.reason;
  }
}

TEST(MonthStatus, TellsTheGapsOfBothRuns) {
  const BillMonth month{ConnectionId(1), kOctober, false, std::nullopt, std::nullopt};
  const std::vector<Import> imports{run_of(Dataset::kActualCost, 31, "2026-11-05T23:00:00Z"),
                                    run_of(Dataset::kAmortizedCost, 19, "2026-10-20T00:00:00Z")};
  ChargeSet published;
  published.imports = {ImportId(1)};
  const MonthStatus status = month_status(month, imports, published, *Day::parse("2026-11-22"));
  EXPECT_THAT(status.reason, testing::StartsWith("the AmortizedCost run covers the days until 2026-10-19; "));
  EXPECT_THAT(status.reason, testing::HasSubstr("the ActualCost run is of 2026-11-05, and only one of 2026-11-06"));
}

TEST(MonthStatus, IsNeverCompleteBeforeItsChargesArePublished) {
  const BillMonth month{ConnectionId(1), kOctober, false, std::nullopt, std::nullopt};
  const std::vector<Import> imports{run_of(Dataset::kFocusCost, 31, "2026-11-06T01:00:00Z")};
  const MonthStatus status = month_status(month, imports, std::nullopt, *Day::parse("2026-11-22"));
  EXPECT_EQ(status.name, "partial");
  EXPECT_THAT(status.reason, testing::HasSubstr("not published yet"));
}

TEST(MonthStatus, IsAboutThePublishedRuns) {
  const BillMonth month{ConnectionId(1), kOctober, false, ChargeSetId(1), std::nullopt};
  Import published = run_of(Dataset::kFocusCost, 31, "2026-11-06T01:00:00Z");
  Import newer = run_of(Dataset::kFocusCost, 31, "2026-11-07T01:00:00Z", 1);
  newer.id = ImportId(2);
  const std::vector<Import> imports{published, newer};
  ChargeSet charges;
  charges.imports = {published.id};
  EXPECT_EQ(month_status(month, imports, charges, *Day::parse("2026-11-22")).name, "complete");
  EXPECT_EQ(month_status(month, imports, std::nullopt, *Day::parse("2026-11-22")).name, "partial");
}

}  // namespace
}  // namespace apportion
