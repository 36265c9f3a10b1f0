#include "serve/cli/change_view.h"

#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const Month kOctober = *Month::parse("2026-10");

Decimal amount(std::int64_t whole) { return Decimal::from_integer(whole); }

AssignedPart part(const std::string& customer, std::int64_t billed, const std::string& tenant = "t") {
  return {customer, "EUR", "", tenant, "", 1, {amount(billed), amount(billed)}};
}

// `count` customers; the n-th pays n more.
AmountChanges many(int count) {
  AmountChanges changes;
  std::vector<AssignedPart> before, after;
  for (int i = 1; i <= count; ++i) {
    before.push_back(part(fmt::format("c{:03}", i), 100));
    after.push_back(part(fmt::format("c{:03}", i), 100 + i));
  }
  changes.add_month("acme", kOctober, before, after, false);
  return changes;
}

AmountChanges gain_and_loss() {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("contoso", 10), part("fabrikam", 10)},
                    {part("contoso", 1012), part("fabrikam", 3)}, false);
  return changes;
}

struct Answer {
  bool goes_on = false;
  std::string data;
  std::string talk;
};

Answer review(const AmountChanges& changes, const ReviewOptions& options, const std::string& typed,
              bool is_terminal = true, bool json = false, bool always = false, bool quiet = false) {
  std::ostringstream data, talk;
  std::istringstream input(typed);
  Console console(data, talk);
  ConsoleSettings settings;
  settings.json = json;
  settings.quiet = quiet;
  console.set(settings);
  GlobalOptions globals;
  globals.json = json;
  SessionWorld world;
  world.input = &input;
  world.input_is_terminal = is_terminal;
  Session session(globals, console, world);
  const auto goes_on = review_of(session, options, always)(changes);
  EXPECT_TRUE(goes_on);
  return {*goes_on, data.str(), talk.str()};
}

TEST(ChangeView, ALongTableShowsTheLargestAndTheSumOfTheOthers) {
  const Table table = change_table(many(25), false);
  ASSERT_THAT(table.rows, SizeIs(21));
  EXPECT_EQ(cell_text(table.rows[0][0]), "c025");
  EXPECT_EQ(cell_text(table.rows[20][0]), "and 5 other customers");
  EXPECT_EQ(cell_text(table.rows[20][6]), "15");  // 1 + 2 + 3 + 4 + 5
  EXPECT_THAT(table.notices, SizeIs(1));
  EXPECT_THAT(change_table(many(25), true).rows, SizeIs(25));
  EXPECT_THAT(change_table(many(20), false).notices, IsEmpty());
}

TEST(ChangeView, WhatIsUnassignedIsNoneOfTheOtherCustomers) {
  std::vector<AssignedPart> before{part("unassigned", 1000)}, after{part("unassigned", 700)};
  for (int i = 1; i <= 25; ++i) after.push_back(part(fmt::format("c{:03}", i), 12));
  AmountChanges changes;
  changes.add_month("acme", kOctober, before, after, false);
  const Table table = change_table(changes, false);
  ASSERT_THAT(table.rows, SizeIs(22));
  EXPECT_EQ(cell_text(table.rows[20][0]), "and 5 other customers");
  EXPECT_EQ(cell_text(table.rows[20][6]), "60");
  EXPECT_EQ(cell_text(table.rows[21][0]), "unassigned");
  EXPECT_EQ(cell_text(table.rows[21][6]), "-300");
}

TEST(ChangeView, CustomersHaveTheirNamesBesideTheirIds) {
  AmountChanges changes = gain_and_loss();
  Customer contoso;
  contoso.id = CustomerId("contoso");
  contoso.name = "Contoso Ltd";
  changes.name_customers({contoso});
  const Table table = change_table(changes, false);
  EXPECT_EQ(table.columns[1].name, "CustomerName");
  EXPECT_EQ(cell_text(table.rows[0][1]), "Contoso Ltd");
  EXPECT_EQ(cell_text(table.rows[1][1]), "");
}

TEST(ChangeView, ATerminalIsAskedAndToldWhoGainsAndWhoLoses) {
  const Answer yes = review(gain_and_loss(), {}, "y\n");
  EXPECT_TRUE(yes.goes_on);
  EXPECT_THAT(yes.talk, AllOf(HasSubstr("pays more: contoso +1,002.00 EUR"), HasSubstr("pays less: fabrikam -7.00 EUR"),
                              HasSubstr("[y/N]")));
  EXPECT_FALSE(review(gain_and_loss(), {}, "n\n").goes_on);
  EXPECT_FALSE(review(gain_and_loss(), {}, "\n").goes_on);
  EXPECT_FALSE(review(gain_and_loss(), {}, "").goes_on);
  EXPECT_THAT(review(gain_and_loss(), {}, "y\n", true, false, false, true).talk, HasSubstr("[y/N]"));
}

TEST(ChangeView, ScriptsAreNotAsked) {
  EXPECT_TRUE(review(gain_and_loss(), {}, "", false).goes_on);
  EXPECT_TRUE(review(gain_and_loss(), {}, "", true, true).goes_on);
  const Answer yes = review(gain_and_loss(), {.yes = true}, "");
  EXPECT_TRUE(yes.goes_on);
  EXPECT_THAT(yes.talk, Not(HasSubstr("[y/N]")));
}

TEST(ChangeView, ADryRunShowsTheSameAndChangesNothing) {
  const Answer dry = review(gain_and_loss(), {.dry_run = true}, "y\n");
  EXPECT_FALSE(dry.goes_on);
  EXPECT_EQ(dry.data, review(gain_and_loss(), {}, "y\n").data);
  EXPECT_THAT(dry.data, HasSubstr("contoso"));
}

TEST(ChangeView, NothingIsToldPlainlyAndNotAskedFor) {
  AmountChanges nothing;
  nothing.add_month("acme", kOctober, {part("contoso", 1)}, {part("contoso", 1)}, false);
  const Answer answer = review(nothing, {}, "");
  EXPECT_TRUE(answer.goes_on);
  EXPECT_THAT(answer.talk, HasSubstr("nothing would change"));
  EXPECT_FALSE(review(nothing, {}, "", true, false, true).goes_on);  // what cannot be undone is asked always
}

TEST(ChangeView, UnassignedTenantsStandOnce) {
  AmountChanges changes;
  for (const char* month : {"2026-10", "2026-11"}) {
    changes.add_month("acme", *Month::parse(month), {part("contoso", 4, "lost")}, {part("unassigned", 4, "lost")},
                      false);
  }
  const std::string data = review(changes, {}, "y\n").data;
  const std::size_t tenants = data.find("UnassignedTenant");
  ASSERT_NE(tenants, std::string::npos);
  EXPECT_EQ(data.find("lost", data.find("lost", tenants) + 1), std::string::npos);
}

}  // namespace
}  // namespace apportion
