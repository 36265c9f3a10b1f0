#include "pipeline/commitments/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(PolicyFile, ReadsEverythingThatCanBeWritten) {
  const auto file = parse_policy_file(R"(
- effective: 2026-03
  policies: []
- effective: 2026-01
  policies:
    - name: pool
      commitments: {kind: Reservation, name_starts_with: [VM_, SQL_], buyer: contoso}
      used: in_proportion
      unused: by_use
      by: group
    - commitments: [BBBBBBBB-0000-4000-8000-000000000001]
      buyer: fabrikam
      used: buyer
      unused: {key: {contoso: 33.5, fabrikam: 66.5}}
    - commitments: all
      unused: shares
      shares: {contoso: 70, northwind: 30}
)",
                                      "policies.yaml");
  ASSERT_TRUE(file) << file.error().message();
  const auto* list = policies_in_force(*file, *Month::parse("2026-02"));
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->policies.size(), 3U);
  EXPECT_TRUE(list->policies[0].as_group);
  EXPECT_EQ(list->policies[1].name, "policy 2");
  EXPECT_EQ(list->policies[1].unused, UnusedCost::kKey);
  EXPECT_EQ(list->policies[1].shares[1].second.to_string(), "66.5");
  EXPECT_EQ(list->policies[2].unused, UnusedCost::kShares);
  EXPECT_TRUE(policies_in_force(*file, *Month::parse("2026-03"))->policies.empty());
  EXPECT_EQ(policies_in_force(*file, *Month::parse("2025-12")), nullptr);
  EXPECT_THAT(customers_named(*file),
              testing::ElementsAre(CustomerId("contoso"), CustomerId("fabrikam"), CustomerId("northwind")));

  const CommitmentChoice& choice = list->policies[0].choice;
  EXPECT_TRUE(choice.takes("k", CommitmentKind::kReservation, "vm_1", "contoso"));
  EXPECT_FALSE(choice.takes("k", CommitmentKind::kSavingsPlan, "vm_1", "contoso"));
  EXPECT_FALSE(choice.takes("k", CommitmentKind::kReservation, "web", "contoso"));
  EXPECT_FALSE(choice.takes("k", CommitmentKind::kReservation, "vm_1", ""));
  EXPECT_TRUE(list->policies[1].choice.takes("bbbbbbbb-0000-4000-8000-000000000001", CommitmentKind::kUnknown, "", ""));
}

struct Fault {
  const char* yaml;
  const char* what;
};

TEST(PolicyFile, TellsWhatIsWrongAndWhere) {
  const Fault faults[] = {
      {"effective: 2026-01", "the file is not a list of policy lists"},
      {"- policies: []", "a policy list has no month"},
      {"- effective: 2026-01", "has no policies"},
      {"- {effective: 2026-01, policies: []}\n- {effective: 2026-01, policies: []}", "two lists are effective"},
      {"- {effective: 2026-01, policies: [{usd: leave}]}", "has no key `usd`"},
      {"- {effective: 2026-01, policies: [{used: never}]}", "`used` cannot be `never`"},
      {"- {effective: 2026-01, policies: [{unused: key}]}", "`unused` cannot be `key`"},
      {"- {effective: 2026-01, policies: [{unused: {key: {a: 60, b: 30}}}]}", "do not add up to 100"},
      {"- {effective: 2026-01, policies: [{unused: {key: {a: 160, b: -60}}}]}", "is not a percentage"},
      {"- {effective: 2026-01, policies: [{unused: shares}]}", "is incomplete"},
      {"- {effective: 2026-01, policies: [{shares: {a: 100}}]}", "is incomplete"},
      {"- {effective: 2026-01, policies: [{by: month}]}", "neither commitment nor group"},
      {"- {effective: 2026-01, policies: [{commitments: {kind: lease}}]}", "`kind` cannot be `lease`"},
  };
  for (const Fault& fault : faults) {
    const CommitmentPolicyReading reading = read_policy_file(fault.yaml, "p.yaml");
    ASSERT_FALSE(reading.errors.empty()) << fault.yaml;
    EXPECT_THAT(reading.errors[0].message(), testing::HasSubstr(fault.what)) << fault.yaml;
    EXPECT_THAT(reading.errors[0].where, testing::HasSubstr("p.yaml, line"));
  }
}

}  // namespace
}  // namespace apportion
