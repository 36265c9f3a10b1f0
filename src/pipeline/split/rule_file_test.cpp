#include "pipeline/split/rule_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/nearest_text.h"

namespace apportion {
namespace {

RuleFile read_valid(const std::string& yaml) {
  const RuleFileReading reading = read_rule_file(yaml, "rules.yaml");
  for (const Error& error : reading.errors) ADD_FAILURE() << error.message();
  return reading.file;
}

TEST(RuleFile, ReadsTheShapeThatTheDesignPromises) {
  const RuleFile file = read_valid(R"(
- effective: 2026-01
  rules:
    - name: shared firewall
      when:
        all:
          - {CloudVendorAccount: /subscriptions/5A2B}
          - any: [{tag.env: prod}, {not: {ServiceName: {starts_with: Virtual}}}]
      share: {contoso: 33.333, fabrikam: 66.667}
      from: 2026-01-15
)");
  ASSERT_EQ(file.lists.size(), 1U);
  const Rule& rule = file.lists[0].rules.at(0);
  EXPECT_EQ(rule.name, "shared firewall");
  EXPECT_EQ(rule.at.line, 4);
  EXPECT_EQ(rule.from, Day::parse("2026-01-15"));
  EXPECT_FALSE(rule.until);
  ASSERT_EQ(rule.when.parts.size(), 2U);
  EXPECT_EQ(rule.when.parts[0].test.field.name(), "x_SubscriptionId");
  EXPECT_EQ(rule.when.parts[0].test.values, std::vector<std::string>{"5A2B"});
  EXPECT_EQ(rule.when.parts[1].parts[0].test.field.name(), "tag.env");
  const auto& share = std::get<ShareByWeight>(rule.target);
  EXPECT_EQ(share.weights[0].to_string(), "33.333");
  EXPECT_EQ(share.customers[1].raw(), "fabrikam");
}

TEST(RuleFile, EqualSharesHaveEqualWeights) {
  const RuleFile file = read_valid("- {effective: 2026-01, rules: [{share: {equal: [a, b]}}]}");
  const auto& share = std::get<ShareByWeight>(file.lists[0].rules[0].target);
  EXPECT_EQ(share.weights, std::vector<Decimal>(2, Decimal::from_integer(1)));
}

TEST(RuleFile, ACustomerMayBeNamedLikeAKey) {
  const RuleFile file = read_valid("- {effective: 2026-01, rules: [{share: {equal: 40, over: 60}}]}");
  EXPECT_EQ(target_customers(file.lists[0].rules[0].target)[0].raw(), "equal");
}

TEST(RuleFile, TakesByteOrderMarkAndWindowsLines) {
  const RuleFile file = read_valid("\xEF\xBB\xBF- effective: 2026-01\r\n  rules:\r\n    - assign: a\r\n");
  EXPECT_EQ(std::get<AssignToCustomer>(file.lists.at(0).rules.at(0).target).customer.raw(), "a");
}

TEST(RuleFile, AnEmptyListIsAFileWithoutRules) { EXPECT_TRUE(read_valid("[]").lists.empty()); }

TEST(RuleFile, ConditionsOnABillSourceHoldForItsOtherNames) {
  const RuleFile file = read_valid(R"(
- effective: 2026-01
  bill_sources: {legacy-csp: acme, legacy-eu: europe}
  sets: {old: {BillSource: {starts_with: LEGACY, ignore_case: true}}}
  rules:
    - {when: {BillSource: legacy-csp}, assign: a}
    - {when: {not: {BillSource: {matches: "-eu$"}}}, assign: b}
    - {when: {BillSource: {contains: nothing}}, assign: c}
    - {when: {ServiceName: legacy-csp}, assign: d}
)");
  const RuleList& list = file.lists.at(0);
  const auto also = [](const RuleCondition& condition) {
    EXPECT_EQ(condition.kind, RuleCondition::Kind::kAny);
    return condition.parts.size() == 2 ? condition.parts[1].test.values : std::vector<std::string>();
  };
  EXPECT_EQ(also(list.sets[0].condition), (std::vector<std::string>{"acme", "europe"}));
  EXPECT_EQ(also(list.rules[0].when), std::vector<std::string>{"acme"});
  EXPECT_EQ(also(list.rules[1].when.parts.at(0)), std::vector<std::string>{"europe"});
  EXPECT_EQ(list.rules[2].when.kind, RuleCondition::Kind::kTest);
  EXPECT_EQ(list.rules[3].when.kind, RuleCondition::Kind::kTest);
  const RuleFileReading wrong = read_rule_file("- {effective: 2026-01, bill_sources: [acme], rules: []}", "rules.yaml");
  ASSERT_EQ(wrong.errors.size(), 1U);
  EXPECT_EQ(wrong.errors[0].what, "`bill_sources` is not a map");
}

TEST(RuleFile, FindsTheListInForce) {
  const RuleFile file = read_valid("[{effective: 2026-03, rules: []}, {effective: 2026-01, rules: []}]");
  EXPECT_EQ(list_in_force(file, *Month::parse("2025-12")), nullptr);
  EXPECT_EQ(list_in_force(file, *Month::parse("2026-02"))->effective, *Month::parse("2026-01"));
  EXPECT_EQ(list_in_force(file, *Month::parse("2027-01"))->effective, *Month::parse("2026-03"));
}

TEST(RuleFile, MustBeUtf8) {
  const auto file =
      read_rule_file("- effective: 2026-01\n  rules:\n    - {name: \"L\xe9\", assign: a}\n", "rules.yaml");
  ASSERT_EQ(file.errors.size(), 1U);
  EXPECT_EQ(file.errors[0].where, "rules.yaml, line 3, column 1");
  EXPECT_NE(file.errors[0].message().find("UTF-8"), std::string::npos);
}

TEST(RuleFile, TellsManyErrorsButNotAll) {
  std::string yaml = "- effective: 2026-01\n  rules:\n";
  for (int i = 0; i < 100; ++i) yaml += "    - {when: {Colour: x}, assign: a}\n";
  EXPECT_EQ(read_rule_file(yaml, "rules.yaml").errors.size(), FileProblems::kCountMax);
  const auto joined = parse_rule_file(yaml, "rules.yaml");
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().id, ErrorId::kRuleFileInvalid);
  EXPECT_NE(joined.error().message().find("rules.yaml, line 22, column 15"), std::string::npos);
}

TEST(RuleFile, SurvivesDeepNesting) {
  const std::string open(100'000, '[');
  EXPECT_TRUE(read_rule_file(open, "rules.yaml").has_errors());
  std::string nested = "{ServiceName: a}";
  for (int i = 0; i < 100; ++i) nested = "{not: " + nested + "}";
  const RuleFileReading reading =
      read_rule_file("- {effective: 2026-01, rules: [{when: " + nested + ", assign: a}]}", "rules.yaml");
  ASSERT_EQ(reading.errors.size(), 1U);
  EXPECT_EQ(reading.errors[0].what, "the file is nested too deeply");
}

TEST(RuleFile, AliasesOfAliasesDoNotGrowWithoutBound) {
  std::string yaml = "- effective: 2026-01\n  rules:\n    - when:\n        any:\n          - &a0 {ServiceName: x}\n";
  for (int i = 1; i < 30; ++i) yaml += fmt::format("          - &a{0} {{any: [*a{1}, *a{1}]}}\n", i, i - 1);
  const RuleFileReading reading = read_rule_file(yaml + "      assign: a\n", "rules.yaml");
  ASSERT_EQ(reading.errors.size(), 1U);
  EXPECT_EQ(reading.errors[0].what, "the file is too large");
}

TEST(RuleFile, SetsOfSetsDoNotGrowWithoutBound) {
  std::string yaml = "- effective: 2026-01\n  rules: []\n  sets:\n    s0: {ServiceName: x}\n";
  for (int i = 1; i < 40; ++i) yaml += fmt::format("    s{0}: {{any: [{{set: s{1}}}, {{set: s{1}}}]}}\n", i, i - 1);
  const RuleFileReading reading = read_rule_file(yaml, "rules.yaml");
  ASSERT_TRUE(reading.has_errors());
  EXPECT_NE(reading.errors[0].what.find("is too large"), std::string::npos);
}

TEST(RuleFile, FindsTheNearestText) {
  const std::vector<std::string_view> customers{"contoso", "fabrikam", "a"};
  EXPECT_EQ(nearest_text("Contosso", customers), "contoso");
  EXPECT_EQ(nearest_text("fabirkam", customers), "fabrikam");
  EXPECT_EQ(nearest_text("northwind", customers), "");
  EXPECT_EQ(nearest_text("b", customers), "");
  EXPECT_EQ(nearest_text("", customers), "");
}

// Every example of the handbook is a rule file that reads without errors.
TEST(RuleFile, ExamplesOfTheHandbookAreValid) {
  const auto page = read_file(std::filesystem::path(SPLIT_DOCS_FOLDER) / "rules.md");
  ASSERT_TRUE(page) << page.error().message();
  constexpr std::string_view kOpening = "```yaml\n";
  int examples = 0;
  for (std::size_t at = page->find(kOpening); at != std::string::npos; at = page->find(kOpening, at)) {
    at += kOpening.size();
    const std::string example = page->substr(at, page->find("```", at) - at);
    const RuleFileReading reading = read_rule_file(example, "rules.md");
    EXPECT_FALSE(reading.has_errors()) << example << reading.errors[0].message();
    ++examples;
  }
  EXPECT_GE(examples, 6);
}

}  // namespace
}  // namespace apportion
