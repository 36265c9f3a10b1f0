// What the single findings say is in tests/golden/split/checks.test.
#include "pipeline/split/rule_check.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

std::vector<Customer> one_customer() { return {{CustomerId("contoso"), "Contoso", "", {"T1"}}}; }

TEST(RuleCheck, TellsErrorsFromWarnings) {
  const auto warned = check_rule_file("- {effective: 2026-01, rules: [{assign: contoso}, {assign: contoso}]}", "r.yaml",
                                      one_customer());
  ASSERT_EQ(warned.size(), 1U);
  EXPECT_FALSE(has_errors(warned));
  EXPECT_EQ(warned[0].list, "2026-01");
  EXPECT_EQ(warned[0].rule, "rule 2");
  EXPECT_TRUE(
      has_errors(check_rule_file("- {effective: 2026-01, rules: [{assign: nobody}]}", "r.yaml", one_customer())));
  EXPECT_TRUE(has_errors(check_rule_file("rules", "r.yaml", one_customer())));
}

TEST(RuleCheck, ARuleForEverythingCoversAllTenants) {
  const std::vector<SeenTenant> tenants{{"t9", "Nine"}};
  EXPECT_TRUE(
      check_rule_file("- {effective: 2026-01, rules: [{assign: contoso}]}", "r.yaml", one_customer(), tenants).empty());
  EXPECT_EQ(check_rule_file("[]", "r.yaml", one_customer(), tenants).size(), 1U);
}

TEST(RuleCheck, WhoIsRetiredGetsNothingAfterwards) {
  auto customers = one_customer();
  customers[0].retired_from = Day::parse("2026-06-01");
  EXPECT_TRUE(has_errors(check_rule_file("- {effective: 2026-01, rules: [{assign: contoso}]}", "r.yaml", customers)));
  EXPECT_FALSE(has_errors(
      check_rule_file("- {effective: 2026-01, rules: [{assign: contoso, until: 2026-05-31}]}", "r.yaml", customers)));
  EXPECT_FALSE(has_errors(check_rule_file(
      "- {effective: 2026-01, rules: [{assign: contoso}]}\n- {effective: 2026-06, rules: []}", "r.yaml", customers)));
  EXPECT_TRUE(has_errors(check_rule_file(
      "- {effective: 2026-01, rules: [{assign: contoso}]}\n- {effective: 2026-07, rules: []}", "r.yaml", customers)));
}

TEST(RuleCheck, TakesManyRulesInItsStride) {
  std::string yaml = "- effective: 2026-01\n  rules:\n";
  for (int i = 0; i < 20'000; ++i)
    yaml += fmt::format("    - {{when: {{CustomerTenantId: t{}}}, assign: contoso}}\n", i);
  EXPECT_TRUE(check_rule_file(yaml, "r.yaml", one_customer()).empty());
}

}  // namespace
}  // namespace apportion
