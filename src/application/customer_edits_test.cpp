#include "application/customer_edits.h"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/customer_import.h"
#include "application/customers.h"
#include "application/writable_home_test_support.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kTenantA = "8d1f0f6e-0000-4000-8000-00000000000a";
constexpr const char* kTenantB = "8d1f0f6e-0000-4000-8000-00000000000b";
constexpr const char* kTenantC = "8d1f0f6e-0000-4000-8000-00000000000c";

Day day(const char* text) { return *Day::parse(text); }

class CustomerEdits : public WritableHomeTest {
 protected:
  CustomerEdits() {
    EXPECT_TRUE(plane().put_customers({{CustomerId("a"), "A", "", {kTenantA}, {{kTenantC, day("2026-03-01")}}},
                                       {CustomerId("b"), "B", "", {kTenantB}}}));
  }

  Customer customer(const char* id) {
    const auto found = customer_with_id(plane(), id);
    EXPECT_TRUE(found);
    return *found;
  }

  // Of a customer, as `tenant from..until`.
  std::vector<std::string> periods(const char* id) {
    const auto all = plane().customers();
    std::vector<std::string> texts;
    const auto held = held_tenants(*all);
    for (std::size_t i = 0; i < all->size(); ++i) {
      if ((*all)[i].id.raw() != id) continue;
      for (const std::string& tenant : held[i].always) texts.push_back(tenant.substr(35) + " always");
      for (const TenantPeriod& period : held[i].periods) {
        texts.push_back(period.tenant.substr(35) + " " + (period.from ? period.from->to_string() : "") + ".." +
                        (period.until ? period.until->to_string() : ""));
      }
    }
    return texts;
  }

  void apply_rules(const std::string& rules) { EXPECT_TRUE(plane().add_document(DocumentKind::kRules, rules)); }
};

TEST_F(CustomerEdits, ARetiredCustomerHasItsTenantsUntilTheDayBefore) {
  ASSERT_TRUE(retire_customer(*writable_, "a", day("2026-06-01"), {}));
  EXPECT_THAT(periods("a"), ElementsAre("c 2026-03-01..2026-05-31", "a ..2026-05-31"));
  EXPECT_THAT(periods("b"), ElementsAre("b always"));
  ASSERT_TRUE(reactivate_customer(*writable_, "a", {}));
  EXPECT_THAT(periods("a"), ElementsAre("a always", "c 2026-03-01.."));
}

TEST_F(CustomerEdits, ARetiredCustomerStaysRetiredWhenItIsImportedAgain) {
  ASSERT_TRUE(retire_customer(*writable_, "a", day("2026-06-01"), {}));
  ASSERT_TRUE(plane().put_customers({{CustomerId("a"), "A new", "", {kTenantA}}}));
  EXPECT_EQ(customer("a").retired_from, day("2026-06-01"));
  EXPECT_EQ(customer("a").name, "A new");
}

TEST_F(CustomerEdits, ACustomerThatRulesGiveChargesLaterIsNotRetired) {
  apply_rules(
      "- effective: 2026-01\n  rules:\n    - {name: old, when: {ServiceName: x}, assign: a, until: 2026-05-31}\n"
      "    - {name: firewall, when: {ServiceName: y}, share: {a: 50, b: 50}}\n");
  const auto refused = retire_customer(*writable_, "a", day("2026-06-01"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kCustomerInRules);
  EXPECT_THAT(refused.error().why, AllOf(HasSubstr("line 4"), HasSubstr("firewall"), Not(HasSubstr("old"))));
  apply_rules(
      "- effective: 2026-01\n  rules:\n    - {name: firewall, when: {ServiceName: y}, share: {a: 50, b: 50}}\n"
      "- effective: 2026-06\n  rules:\n    - {name: firewall, when: {ServiceName: y}, assign: b}\n");
  EXPECT_TRUE(retire_customer(*writable_, "a", day("2026-06-01"), {}));
}

TEST_F(CustomerEdits, ACustomerThatPoliciesNameIsNotRemoved) {
  ASSERT_TRUE(plane().add_document(DocumentKind::kCommitmentPolicies,
                                   "- effective: 2026-01\n  policies:\n    - {name: pool, buyer: a}\n"));
  const auto refused = remove_customer(*writable_, "a", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kCustomerInRules);
  EXPECT_THAT(refused.error().why, HasSubstr("policy `pool`"));
  EXPECT_TRUE(remove_customer(*writable_, "b", {}));
}

TEST_F(CustomerEdits, MergingGivesAllTenantsAway) {
  ASSERT_TRUE(merge_customers(*writable_, {"a", "b", std::nullopt}, {}));
  EXPECT_THAT(periods("a"), IsEmpty());
  EXPECT_THAT(periods("b"), ElementsAre("b always", "a always", "c 2026-03-01.."));
  EXPECT_EQ(customer("a").merged_into, "b");
  EXPECT_EQ(customer("a").retired_from, day("2026-11-22"));
}

TEST_F(CustomerEdits, MergingFromAMonthLeavesWhatWasBefore) {
  ASSERT_TRUE(merge_customers(*writable_, {"a", "b", *Month::parse("2026-06")}, {}));
  EXPECT_THAT(periods("a"), ElementsAre("a ..2026-05-31", "c 2026-03-01..2026-05-31"));
  EXPECT_THAT(periods("b"), ElementsAre("b always", "a 2026-06-01..", "c 2026-06-01.."));
}

TEST_F(CustomerEdits, ATenantThatComesLaterComesToTheOther) {
  ASSERT_TRUE(merge_customers(*writable_, {"a", "b", *Month::parse("2026-02")}, {}));
  EXPECT_THAT(periods("b"), ElementsAre("b always", "a 2026-02-01..", "c 2026-03-01.."));
  EXPECT_THAT(periods("a"), ElementsAre("a ..2026-01-31"));
}

TEST_F(CustomerEdits, WhatCannotBeMergedIsRefused) {
  const auto id_of = [&](const char* from, const char* into) {
    const auto merged = merge_customers(*writable_, {from, into, std::nullopt}, {});
    return merged ? ErrorId::kEngineFailed : merged.error().id;
  };
  EXPECT_EQ(id_of("a", "a"), ErrorId::kCustomerMergeInvalid);
  EXPECT_EQ(id_of("a", "nobody"), ErrorId::kNoSuchCustomer);
  apply_rules("- effective: 2026-01\n  rules:\n    - {name: r, when: {ServiceName: x}, assign: a}\n");
  EXPECT_EQ(id_of("a", "b"), ErrorId::kCustomerInRules);
  ASSERT_TRUE(merge_customers(*writable_, {"b", "a", std::nullopt}, {}));
  EXPECT_EQ(id_of("a", "b"), ErrorId::kCustomerRetired);
  const auto active = reactivate_customer(*writable_, "b", {});
  ASSERT_FALSE(active);
  EXPECT_EQ(active.error().id, ErrorId::kCustomerMergeInvalid);
}

TEST_F(CustomerEdits, ADryRunWithoutSplitChangesNothing) {
  const auto report = retire_customer(*writable_, "a", day("2026-06-01"), {.no_split = true, .dry_run = true});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->left_alone);
  EXPECT_EQ(customer("a").retired_from, std::nullopt);
}

TEST_F(CustomerEdits, AReviewThatSaysNoChangesNothing) {
  CustomerEditOptions options;
  options.review = [](const AmountChanges&) -> Result<bool> { return false; };
  const auto report = merge_customers(*writable_, {"a", "b", std::nullopt}, options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->left_alone);
  EXPECT_EQ(customer("a").retired_from, std::nullopt);
  EXPECT_THAT(periods("b"), ElementsAre("b always"));
}

TEST_F(CustomerEdits, ACustomerIsAddedOnceAndChangedInParts) {
  const char* const tenant = "8d1f0f6e-0000-4000-8000-00000000000d";
  CustomerRequest request{.id = "d", .add_tenants = {tenant}, .from = day("2026-05-01")};
  const auto added = add_customer(*writable_, request, {});
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(added->customer.name, "d");
  EXPECT_THAT(periods("d"), ElementsAre("d 2026-05-01.."));
  EXPECT_EQ(add_customer(*writable_, request, {}).error().id, ErrorId::kCustomerExists);
  ASSERT_TRUE(
      edit_customer(*writable_, {.id = "d", .name = "D", .remove_tenants = {std::string(tenant) + "@2026-05-01"}}, {}));
  EXPECT_EQ(customer("d").name, "D");
  EXPECT_THAT(periods("d"), IsEmpty());
  EXPECT_FALSE(edit_customer(*writable_, {.id = "d", .add_tenants = {"d.example.com"}}, {}));
  EXPECT_EQ(edit_customer(*writable_, {.id = "nobody"}, {}).error().id, ErrorId::kNoSuchCustomer);
}

TEST_F(CustomerEdits, ADryRunOfAnEditTellsWhatWouldBe) {
  const auto outcome = edit_customer(*writable_, {.id = "a", .name = "Other"}, {.dry_run = true});
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->report.left_alone);
  EXPECT_EQ(outcome->customer.name, "Other");
  EXPECT_EQ(customer("a").name, "A");
}

TEST_F(CustomerEdits, AFileAddsAndChangesAllOrNone) {
  const auto import = [&](const std::string& lines) {
    return import_customers(*writable_, read_customer_file("id,name,tenant_ids\n" + lines, "c.csv"), "c.csv", {});
  };
  const auto done = import(fmt::format("b,B,{}\na,A new,{}\ne,E,\n", kTenantB, kTenantA));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->added, 1);
  EXPECT_EQ(done->changed, 1);
  EXPECT_EQ(done->same, 1);
  EXPECT_EQ(customer("a").name, "A new");
  const auto taken = import(fmt::format("f,F,\ne,E,{}\n", kTenantB));
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().where, HasSubstr("c.csv, line 3"));
  EXPECT_FALSE(customer_with_id(plane(), "f"));
  const auto no_guid = import("f,F,f.example.com\n");
  ASSERT_FALSE(no_guid);
  EXPECT_THAT(no_guid.error().where, HasSubstr("c.csv, line 2"));
  EXPECT_EQ(import("f\n").error().id, ErrorId::kCustomerFileWrong);
}

TEST_F(CustomerEdits, AnIdThatNobodyHasIsAnsweredWithTheOneMostLikeIt) {
  ASSERT_TRUE(add_customer(*writable_, {.id = "contoso"}, {}));
  const Caller partner = Caller::partner("os:billing");
  EXPECT_EQ(known_customer(partner, *workspace_, "unassigned")->raw(), "unassigned");
  const auto unknown = known_customer(partner, *workspace_, "contso");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().next, HasSubstr("contoso"));
  EXPECT_FALSE(list_customers({"web:a", Audience::kCostView, std::set{CustomerId("a")}}, *workspace_));
}

}  // namespace
}  // namespace apportion
