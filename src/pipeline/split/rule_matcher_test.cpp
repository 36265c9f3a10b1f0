#include "pipeline/split/rule_matcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

std::vector<Customer> customers() {
  return {{CustomerId("a"), "A", "", {"T1", "t2"}}, {CustomerId("b"), "B", "", {}}, {CustomerId("c"), "C", "", {"t3"}}};
}

RuleMatcher compile(const std::string& rules) {
  const auto file = parse_rule_file("- effective: 2026-01\n  rules:\n" + rules, "rules.yaml");
  EXPECT_TRUE(file) << file.error().message();
  auto matcher = RuleMatcher::compile(&file->lists[0], customers());
  EXPECT_TRUE(matcher) << matcher.error().message();
  return std::move(*matcher);
}

// Matches a charge of which only some columns have a value.
std::int64_t match(RuleMatcher& matcher, const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::vector<std::uint32_t> classes;
  for (std::size_t source = 0; source < matcher.source_count(); ++source) {
    std::optional<std::string_view> value;
    for (const auto& [column, text] : values) {
      if (column == matcher.source_column(source).name) value = text;
    }
    classes.push_back(matcher.classify(source, value));
  }
  return matcher.match(classes);
}

TEST(RuleMatcher, WithoutAListOnlyTenantsOfCustomersCount) {
  auto matcher = RuleMatcher::compile(nullptr, customers());
  ASSERT_TRUE(matcher);
  ASSERT_EQ(matcher->source_count(), 1U);
  EXPECT_EQ(match(*matcher, {{"x_CustomerTenantId", "t1"}}), 1);
  EXPECT_EQ(match(*matcher, {{"x_CustomerTenantId", "T3"}}), 2);
  EXPECT_EQ(match(*matcher, {{"x_CustomerTenantId", "t4"}}), 0);
  EXPECT_EQ(match(*matcher, {}), 0);
  EXPECT_EQ(matcher->rule_names(), (std::vector<std::string>{"", "tenants of a", "tenants of c"}));
}

TEST(RuleMatcher, WithoutRulesThereIsNothingToLookAt) {
  const auto matcher = RuleMatcher::compile(nullptr, {});
  ASSERT_TRUE(matcher);
  EXPECT_EQ(matcher->source_count(), 0U);
  EXPECT_EQ(matcher->match({}), 0);
}

TEST(RuleMatcher, ValuesThatNoTestTellsApartAreOneClass) {
  RuleMatcher matcher = compile(
      "    - {when: {ServiceName: {starts_with: Azure}}, assign: a}\n    - {when: {ServiceName: SQL}, assign: b}\n");
  EXPECT_EQ(matcher.classify(0, "Azure Data"), matcher.classify(0, "Azure Firewall"));
  EXPECT_NE(matcher.classify(0, "Azure Data"), matcher.classify(0, "SQL"));
  EXPECT_EQ(matcher.classify(0, "Storage"), 0U);
  EXPECT_EQ(matcher.classify(0, std::nullopt), 0U);
}

TEST(RuleMatcher, OrderHoldsBetweenIndexedAndTriedRules) {
  RuleMatcher matcher = compile(
      "    - {when: {ServiceName: SQL, RegionId: eastus}, assign: a}\n"
      "    - {when: {ServiceName: {contains: Q}}, assign: b}\n"
      "    - {when: {ServiceName: SQL}, assign: c}\n");
  EXPECT_EQ(match(matcher, {{"ServiceName", "SQL"}, {"RegionId", "EastUS"}}), 1);
  EXPECT_EQ(match(matcher, {{"ServiceName", "SQL"}}), 2);
}

TEST(RuleMatcher, FindsARuleByAnyOfItsAlternatives) {
  RuleMatcher matcher = compile(
      "    - {when: {any: [{ServiceName: SQL}, {all: [{RegionId: eastus}, {ServiceName: Storage}]}]}, assign: a}\n");
  EXPECT_EQ(match(matcher, {{"ServiceName", "SQL"}}), 1);
  EXPECT_EQ(match(matcher, {{"ServiceName", "Storage"}, {"RegionId", "eastus"}}), 1);
  EXPECT_EQ(match(matcher, {{"ServiceName", "Storage"}}), 0);
}

// Every rule asks for the same connection, which therefore is no good to find a rule by.
TEST(RuleMatcher, ManyRulesThatShareAValueAreFoundByTheOther) {
  std::string rules;
  for (int i = 0; i < 20'000; ++i)
    rules += fmt::format("    - {{when: {{BillSource: acme, CustomerTenantId: x{}}}, assign: b}}\n", i);
  RuleMatcher matcher = compile(rules);
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(match(matcher, {{"x_BillSource", "acme"}, {"x_CustomerTenantId", fmt::format("X{}", i)}}), i + 1);
  }
}

TEST(RuleMatcher, TagsThatNestWithoutEndAreNoTags) {
  RuleMatcher matcher = compile("    - {when: {tag.a: {is_empty: false}}, assign: a}\n");
  const std::uint32_t without_tags = matcher.classify(0, std::nullopt);
  EXPECT_NE(matcher.classify(0, R"({"a":[1,2]})"), without_tags);
  EXPECT_EQ(matcher.classify(0, "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), without_tags);
}

TEST(RuleMatcher, OfKeysThatDifferByCaseTheFirstOfTheCellCounts) {
  RuleMatcher matcher = compile("    - {when: {tag.env: {equals: prod, ignore_case: true}}, assign: a}\n");
  EXPECT_EQ(match(matcher, {{"Tags", R"({"Env":"prod","ENV":"dev"})"}}), 1);
  EXPECT_EQ(match(matcher, {{"Tags", R"({"Env":"dev","ENV":"prod"})"}}), 0);
  EXPECT_EQ(match(matcher, {{"Tags", R"({"Env":"dev","ENV":"dev","env":"prod"})"}}), 1) << "the very key goes first";
}

TEST(RuleMatcher, RefusesCustomersWhoDoNotExist) {
  const auto file =
      parse_rule_file("- {effective: 2026-01, rules: [{name: slip, share: {a: 50, d: 50}}]}", "rules.yaml");
  const auto matcher = RuleMatcher::compile(&file->lists[0], customers());
  ASSERT_FALSE(matcher);
  EXPECT_NE(matcher.error().what.find("`d`"), std::string::npos);
}

}  // namespace
}  // namespace apportion
