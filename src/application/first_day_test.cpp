#include "application/first_day.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/connection_tests.h"
#include "application/invented_partner.h"
#include "application/open_home_texts.h"
#include "application/reading.h"
#include "application/writable_home_test_support.h"
#include "foundation/base/next_step.h"
#include "query/months_report.h"
#include "query/proof.h"

namespace apportion {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using State = FirstDayState;

const Caller kPartner = Caller::partner("os:anna");

class FirstDayTest : public WritableHomeTest {
 protected:
  FirstDay day() {
    auto found = first_day(kPartner, *workspace_, true);
    EXPECT_TRUE(found) << found.error().message();
    return std::move(found).value();
  }
  static const FirstDayStep& step_of(const FirstDay& day, std::string_view name) {
    return *std::ranges::find(day.steps, name, &FirstDayStep::name);
  }
  std::map<std::string, std::string> states() {
    std::map<std::string, std::string> states;
    for (const FirstDayStep& one : day().steps) states[one.name] = first_day_state_name(one.state);
    return states;
  }
  static std::vector<Step> next_of(const FirstDayStep& step) {
    std::vector<Step> steps;
    for (const NextStep& next : next_steps_in(step.next)) steps.push_back(next.id);
    return steps;
  }
  static std::int64_t count_in(const FirstDayStep& step, std::string_view name) {
    for (const auto& [counted, count] : step.counts) {
      if (counted == name) return count;
    }
    ADD_FAILURE() << name;
    return -1;
  }
  Connection add_connection(std::map<Dataset, std::string> locations) {
    Connection connection;
    connection.name = "acme";
    connection.locations = std::move(locations);
    return *plane().add_connection(connection);
  }
  void invent() {
    writable_.reset();
    workspace_->caller = kPartner;
    AzureWorld world;
    world.variable = [](const char*) { return std::nullopt; };
    world.epoch_seconds = [] { return std::int64_t{1'800'000'000}; };
    const auto invented = invent_partner(*workspace_, world, {});
    ASSERT_TRUE(invented) << invented.error().message();
    EXPECT_THAT(invented->report.problems, IsEmpty());
    EXPECT_EQ(invented->customers, 40);
    EXPECT_EQ(invented->locked_month, *Month::parse("2026-09"));
  }
};

TEST_F(FirstDayTest, AnEmptyHomeBeginsWithAConnection) {
  EXPECT_THAT(states(), (std::map<std::string, std::string>{{"connection", "next"},
                                                            {"access", "waiting"},
                                                            {"exports", "waiting"},
                                                            {"import", "waiting"},
                                                            {"customers", "waiting"},
                                                            {"split", "waiting"},
                                                            {"proof", "waiting"},
                                                            {"people", "optional"},
                                                            {"alerts", "optional"}}));
  const FirstDay empty = day();
  EXPECT_FALSE(empty.is_over());
  EXPECT_FALSE(empty.is_invented);
  EXPECT_THAT(next_of(step_of(empty, "connection")), ElementsAre(Step::kAddConnection));
}

TEST_F(FirstDayTest, AConnectionIsTestedAndHasExportsDelivered) {
  const Connection acme = add_connection({{Dataset::kActualCost, "https://stacme.blob.core.windows.net/bills/actual"}});
  EXPECT_EQ(states()["connection"], "done");
  EXPECT_EQ(states()["access"], "next");
  EXPECT_THAT(next_of(step_of(day(), "access")), ElementsAre(Step::kTestConnection));
  EXPECT_EQ(states()["exports"], "done");
  EXPECT_EQ(states()["import"], "next");
  EXPECT_EQ(states()["customers"], "next");

  std::vector<Probe> probes(3);
  probes[1].state = ProbeState::kFailed;
  ASSERT_TRUE(keep_connection_test(kPartner, *workspace_, acme, probes));
  const FirstDayStep failed = step_of(day(), "access");
  EXPECT_EQ(failed.state, State::kNext);
  EXPECT_THAT(failed.found, HasSubstr("1 of 3 probes failed"));
  EXPECT_EQ(count_in(failed, "failed_probes"), 1);
  probes[1].state = ProbeState::kOk;
  ASSERT_TRUE(keep_connection_test(kPartner, *workspace_, acme, probes));
  EXPECT_EQ(states()["access"], "done");
  ASSERT_TRUE(forget_connection_test(*workspace_, acme));
  EXPECT_EQ(states()["access"], "next");

  AzureCatalog catalog = AzureCatalog::of(plane());
  SyncAttempt attempt;
  attempt.connection = acme.id;
  attempt.started_at = attempt.ended_at = "2026-11-22T11:00:00Z";
  ASSERT_TRUE(catalog.add_attempt(attempt));
  EXPECT_EQ(states()["access"], "done");
  EXPECT_EQ(states()["exports"], "waiting") << "Azure has not delivered yet";
  EXPECT_THAT(step_of(day(), "exports").found, HasSubstr("nothing was delivered yet to acme"));
  attempt.outcome = SyncOutcome::kFailed;
  attempt.detail = "the container is gone";
  ASSERT_TRUE(catalog.add_attempt(attempt));
  EXPECT_EQ(states()["access"], "next");
  EXPECT_THAT(step_of(day(), "import").found, HasSubstr("the container is gone"));
}

TEST_F(FirstDayTest, ExportsArePlannedWhereThereIsAScope) {
  const Connection acme = add_connection({});
  AzureSettings settings;
  settings.connection = acme.id;
  settings.scope = "/providers/microsoft.billing/billingaccounts/1";
  settings.credential = "azure-cli";
  ASSERT_TRUE(AzureCatalog::of(plane()).put_settings(settings));
  EXPECT_THAT(next_of(step_of(day(), "exports")), ElementsAre(Step::kPlanExports));
  EXPECT_EQ(states()["import"], "waiting");
}

TEST_F(FirstDayTest, IsForThePartnerOnly) {
  EXPECT_EQ(first_day(Caller{"user:eve"}, *workspace_, false).error().id, ErrorId::kPartnerOnly);
}

TEST_F(FirstDayTest, AnInventedPartnerHasALivingMonthAndComesToItsEnd) {
  invent();
  const auto months = months_report(workspace_->control_plane, ReadScope::of_partner(), workspace_->clock.today());
  ASSERT_TRUE(months);
  std::vector<std::string> calendar;
  for (const MonthLine& month : *months) calendar.push_back(month.month.to_string() + " " + month.status.name);
  EXPECT_THAT(calendar, ElementsAre("2026-09 locked", "2026-10 complete", "2026-11 open"));
  auto reading = Reading::open(*workspace_);
  ASSERT_TRUE(reading);
  const auto proof = prove(reading->lake(), ReadScope::of_partner(), workspace_->clock.today());
  ASSERT_TRUE(proof);
  EXPECT_TRUE(proof->holds());

  const FirstDay found = day();
  EXPECT_TRUE(found.is_invented);
  const auto done = [&](std::string_view name) { return step_of(found, name).state == State::kDone; };
  EXPECT_TRUE(done("connection") && done("access") && done("exports") && done("import") && done("split"));
  EXPECT_TRUE(done("proof"));
  EXPECT_EQ(count_in(step_of(found, "import"), "months"), 3);
  EXPECT_EQ(count_in(step_of(found, "customers"), "customers"), 40);
  EXPECT_GT(count_in(step_of(found, "customers"), "tenants_without_customer"), 0);
  EXPECT_EQ(step_of(found, "customers").state, State::kNext);
  EXPECT_THAT(found.tenants.rows, Not(IsEmpty()));
  EXPECT_EQ(count_in(step_of(found, "proof"), "held"), 1) << "a restatement behind the lock";
  EXPECT_THAT(next_of(step_of(found, "proof")), ElementsAre(Step::kListLateCharges));
  EXPECT_FALSE(found.is_over());
  const auto without_amounts = first_day(kPartner, *workspace_, false);
  ASSERT_TRUE(without_amounts);
  EXPECT_THAT(without_amounts->tenants.rows, IsEmpty());

  // Once each tenant has a customer, it is over.
  std::vector<Customer> customers = *workspace_->control_plane.customers();
  for (const auto& row : found.tenants.rows) {
    const auto* tenant = std::get_if<std::string>(&row.front());
    if (tenant == nullptr || tenant->empty()) continue;
    Customer customer{CustomerId("late-" + tenant->substr(0, 8)), "Late", "", {*tenant}};
    if (std::ranges::find(customers, customer.id, &Customer::id) == customers.end()) customers.push_back(customer);
  }
  ASSERT_TRUE(workspace_->control_plane.put_customers(customers));
  EXPECT_EQ(states()["split"], "done") << "months show what they were split by";
  auto writable = begin_writing(*workspace_);
  ASSERT_TRUE(writable);
  ASSERT_TRUE(split_months(*writable, {}, {}, [] {}));
  EXPECT_EQ(states()["customers"], "done");
  EXPECT_TRUE(day().is_over());
}

TEST_F(FirstDayTest, OnlyAnEmptyHomeIsFilled) {
  EXPECT_TRUE(check_may_be_invented(kPartner, *workspace_));
  ASSERT_TRUE(plane().put_customers({{CustomerId("a"), "A", "", {}}}));
  EXPECT_EQ(check_may_be_invented(kPartner, *workspace_).error().id, ErrorId::kCustomerExists);
  add_connection({{Dataset::kActualCost, "/exports"}});
  EXPECT_EQ(check_may_be_invented(kPartner, *workspace_).error().id, ErrorId::kConnectionExists);
  EXPECT_EQ(check_may_be_invented(Caller{"user:eve"}, *workspace_).error().id, ErrorId::kPartnerOnly);
}

TEST_F(FirstDayTest, WhatAnInterruptedCallLeftIsNoObstacle) {
  ASSERT_TRUE(open_home_texts(*workspace_)
                  ->put({{"home.invented", "2026-11-22T12:00:00Z"}}, "home.invent-partner", "seed 7", {"os:anna"}));
  ASSERT_TRUE(plane().put_customers({{CustomerId("cust-00001"), "Left", "", {}}}));
  std::filesystem::create_directories(workspace_->home.folder() / "invented" / "exports");
  invent();
}

}  // namespace
}  // namespace apportion
