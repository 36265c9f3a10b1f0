// Random charges and rules through the splitter and through the naive one. A failure prints the seed and the rules.
#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"
#include "lake/cubes.h"
#include "pipeline/split/charge_cells.h"
#include "pipeline/split/naive_splitter.h"
#include "pipeline/split/rule_matcher.h"
#include "pipeline/split/split_test_support.h"

namespace apportion {
namespace {

constexpr std::uint64_t kMatcherCases = 3000;  // without the engine, hence many
constexpr std::uint64_t kCases = 100;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool one_in(std::size_t chances) { return below(chances) == 0; }
  template <std::size_t N>
  std::string pick(const char* const (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::mt19937_64 random_;
};

constexpr const char* kCustomers[] = {"contoso", "fabrikam", "northwind", "tailspin"};
constexpr const char* kTenants[] = {"aaaa-1", "AAAA-1", "bbbb-2", "Bbbb-2", "cccc-3", "dddd-4"};
constexpr const char* kServices[] = {"Virtual Machines", "virtual machines", "Storage", "STRASSE", "Straße", "SQL"};
constexpr const char* kResources[] = {"/sub/1/rg/a/fw-shared", "/SUB/1/RG/A/FW-SHARED", "/sub/1/rg/b/vm1",
                                      "/sub/2/rg/b/vm2", "/sub/2/rg/c/disk"};
constexpr const char* kTags[] = {R"({"env":"prod","team":"a"})",
                                 R"({"Env":"Prod"})",
                                 R"({"env":"dev","ENV":"prod"})",
                                 R"({"team":7})",
                                 R"({"env":""})",
                                 R"({"env":null})",
                                 "not json",
                                 R"([1,2])"};
constexpr const char* kGroups[] = {"rg-a", "RG-A", "rg-b", ""};
constexpr const char* kAccounts[] = {"profile-1", "account-1", "ACCOUNT-2"};
constexpr const char* kAmounts[] = {
    "1", "-1", "0", "0.000000000000000001", "100.01", "-33.333333333333333333", "12345678901.123456789", "0.1"};
constexpr const char* kDays[] = {"2026-01-01", "2026-01-10", "2026-01-15", "2026-01-31", "2025-12-31"};
constexpr const char* kMetrics[] = {"BilledCost", "EffectiveCost", "Quantity"};

std::vector<TestCharge> random_charges(Dice& dice) {
  std::vector<TestCharge> charges;
  const std::size_t count = 1 + dice.below(60);
  for (std::size_t i = 0; i < count; ++i) {
    TestCharge charge{{"BilledCost", dice.pick(kAmounts)},
                      {"EffectiveCost", dice.pick(kAmounts)},
                      {"ChargePeriodStart", dice.pick(kDays)}};
    charge["BillingCurrency"] = dice.one_in(3) ? "EUR" : "USD";
    charge["ChargeCategory"] = dice.one_in(4) ? "Purchase" : "Usage";
    if (!dice.one_in(4)) charge["x_CustomerTenantId"] = dice.pick(kTenants);
    if (!dice.one_in(4)) charge["ServiceName"] = dice.pick(kServices);
    if (!dice.one_in(4)) charge["ResourceId"] = dice.pick(kResources);
    if (!dice.one_in(4)) charge["Tags"] = dice.pick(kTags);
    if (!dice.one_in(4)) charge["x_ResourceGroupName"] = dice.pick(kGroups);
    if (!dice.one_in(4)) charge["BillingAccountId"] = dice.pick(kAccounts);
    if (!dice.one_in(4)) charge["x_BillingAccountId"] = dice.pick(kAccounts);
    if (dice.one_in(2)) charge["ListCost"] = dice.pick(kAmounts);
    if (dice.one_in(2)) charge["ContractedCost"] = dice.pick(kAmounts);
    if (dice.one_in(2)) charge["PricingQuantity"] = dice.pick(kAmounts);
    if (dice.one_in(2)) charge["ConsumedQuantity"] = dice.pick(kAmounts);
    if (dice.one_in(2)) charge["x_SkuTerm"] = dice.one_in(2) ? "12" : "36";
    charges.push_back(with_defaults(charge));
  }
  return charges;
}

std::string random_text_test(Dice& dice) {
  const std::string ignore_case = dice.one_in(2) ? ", ignore_case: true" : "";
  switch (dice.below(9)) {
    case 0: return fmt::format("ServiceName: \"{}\"", dice.pick(kServices));
    case 1:
      return fmt::format("ServiceName: {{in: [\"{}\", \"{}\"]{}}}", dice.pick(kServices), dice.pick(kServices),
                         ignore_case);
    case 2: return fmt::format("ResourceId: {{contains: {}{}}}", dice.one_in(2) ? "fw-shared" : "/RG/B", ignore_case);
    case 3: return fmt::format("ResourceId: {{starts_with: [/sub/1, /Sub/2/rg/c]{}}}", ignore_case);
    case 4:
      return fmt::format("ServiceName: {{matches: \"{}\"{}}}", dice.one_in(2) ? "^v.*s$" : "[SQ]{1,2}", ignore_case);
    case 5: return fmt::format("tag.env: {{equals: prod{}}}", ignore_case);
    case 6: return dice.one_in(2) ? "tag.team: 7" : "tag.team: [a, b]";
    case 7: return fmt::format("tag.env: {{is_empty: {}}}", dice.one_in(2) ? "true" : "false");
    default: return fmt::format("x_ResourceGroupName: {{is_empty: {}}}", dice.one_in(2) ? "true" : "false");
  }
}

std::string random_test(Dice& dice) {
  switch (dice.below(8)) {
    case 0: return fmt::format("CustomerTenantId: {}", dice.pick(kTenants));
    case 1: return fmt::format("CustomerTenantId: [{}, {}]", dice.pick(kTenants), dice.pick(kTenants));
    case 2: return fmt::format("BillingAccountId: {}", dice.pick(kAccounts));
    case 3: return fmt::format("BilledCost: [{}, \"1.00\"]", dice.pick(kAmounts));
    case 4: return fmt::format("Date: {}", dice.pick(kDays));
    case 5: return "x_SkuTerm: 12";
    default: return random_text_test(dice);
  }
}

std::string random_condition(Dice& dice, int depth) {
  if (depth == 0 || dice.one_in(2)) return "{" + random_test(dice) + "}";
  switch (dice.below(5)) {
    case 0: return fmt::format("{{not: {}}}", random_condition(dice, depth - 1));
    case 1: return dice.one_in(2) ? "{set: first}" : "{set: second}";
    case 2:
      return fmt::format("{{any: [{}, {}]}}", random_condition(dice, depth - 1), random_condition(dice, depth - 1));
    default:
      return fmt::format("{{all: [{}, {}]}}", random_condition(dice, depth - 1), random_condition(dice, depth - 1));
  }
}

std::string random_customers(Dice& dice) {
  std::string list;
  const std::size_t skip = dice.below(5);
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != skip) list += (list.empty() ? "" : ", ") + std::string(kCustomers[i]);
  }
  return list;
}

std::string random_target(Dice& dice) {
  switch (dice.below(5)) {
    case 0: return "share: {contoso: 33.333, northwind: 0, fabrikam: 66.667}";
    case 1: return fmt::format("share: {{equal: [{}]}}", random_customers(dice));
    case 2: {
      const std::string of =
          dice.one_in(2) ? "" : ", of: " + (dice.one_in(2) ? std::string("first") : random_condition(dice, 1));
      return fmt::format("share: {{in_proportion_to: {}, over: [{}]{}}}", dice.pick(kMetrics), random_customers(dice),
                         of);
    }
    default: return fmt::format("assign: {}", dice.pick(kCustomers));
  }
}

std::string random_rules(Dice& dice) {
  std::string yaml = "- effective: 2026-01\n  sets:\n    second: {all: [{set: first}, {ServiceName: Storage}]}\n";
  yaml += fmt::format("    first: {}\n  rules:\n", "{" + random_test(dice) + "}");
  const std::size_t count = dice.below(12);
  for (std::size_t i = 0; i < count; ++i) {
    yaml += fmt::format("    - when: {}\n      {}\n", dice.one_in(20) ? "{}" : random_condition(dice, 3),
                        random_target(dice));
    if (dice.one_in(5)) yaml += fmt::format("      from: {}\n", dice.pick(kDays));
    if (dice.one_in(5)) yaml += fmt::format("      until: {}\n", dice.pick(kDays));
  }
  return count == 0 ? yaml + "    []\n" : yaml;
}

const std::vector<Customer>& test_customers() {
  static const std::vector<Customer> customers{
      {CustomerId("contoso"), "Contoso", "", {"aaaa-1"}},
      {CustomerId("fabrikam"),
       "Fabrikam",
       "",
       {"bbbb-2", "eeee-5"},
       {{"aaaa-1", *Day::parse("2026-01-10")}, {"dddd-4", *Day::parse("2026-01-31")}}},
      {CustomerId("northwind"), "Northwind", "", {}},
      {CustomerId("tailspin"), "Tailspin", "", {"CCCC-3"}}};
  return customers;
}

std::string describe(const TestParts& parts) {
  std::string text;
  for (const auto& [key, part] : parts) {
    text += fmt::format("row {} {} rule {}:", key.first, key.second, part.rule);
    for (const auto& metric : part.metrics) text += " " + (metric ? metric->to_string() : "null");
    text += "\n";
  }
  return text;
}

TEST(SplitterRandom, AgreesWithTheNaiveSplitter) {
  Engine engine = open_test_engine();
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("apportion-random-split-{}", ::getpid());
  std::filesystem::create_directories(folder);
  for (const std::uint64_t seed : test_seeds(kCases)) {
    if (HasFailure()) break;
    Dice dice(seed);
    const auto charges = random_charges(dice);
    const std::string yaml = random_rules(dice);
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, yaml));
    const auto file = parse_rule_file(yaml, "rules.yaml");
    ASSERT_TRUE(file) << file.error().message();
    put_charges(engine, charges);
    const auto result = split_charges(engine, {&file->lists[0], test_customers(), folder});
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(describe(read_parts(engine, *result, charges)),
              describe(split_naively(charges, file->lists[0], test_customers())));
  }
  std::filesystem::remove_all(folder);
}

// The charges added up as cubes do, but for that of days without customers.
std::vector<ChargeCells> cells_of_charges(Engine& engine) {
  std::vector<ChargeCells> cubes;
  for (const CubeDefinition& cube : cube_definitions()) {
    if (!cube.has_customer) continue;
    const std::string relation = fmt::format("cells_{}", cubes.size());
    EXPECT_TRUE(engine.execute(fmt::format(
        "CREATE OR REPLACE VIEW {1} AS SELECT {0}, sum(BilledCost) AS BilledCost, sum(EffectiveCost) AS EffectiveCost,"
        " sum(ListCost) AS ListCost, sum(ContractedCost) AS ContractedCost, CAST(0 AS BIGINT) AS x_RowId,"
        " CAST(NULL AS DECIMAL(38,18)) AS PricingQuantity, CAST(NULL AS DECIMAL(38,18)) AS ConsumedQuantity"
        " FROM charges GROUP BY {0}",
        fmt::format("{}", fmt::join(cube.columns, ", ")), relation)));
    cubes.push_back({relation, cube.columns});
  }
  return cubes;
}

std::string describe(const Result<SplitResult>& preview) {
  if (!preview) return preview.error().message();
  std::string text;
  for (const SplitPart& part : preview->parts) {
    text += fmt::format("{} {} rule {} of {} ({})", part.customer.raw(), part.currency.code(), part.rule,
                        part.tenant_id, part.tenant_name);
    for (const Decimal& cost : part.costs) text += " " + cost.to_string();
    text += "\n";
  }
  return text;
}

// A table of the engine as text.
std::string rows_of(Engine& engine, std::string_view table, std::string_view columns) {
  std::string text;
  EXPECT_TRUE(engine.query(fmt::format("SELECT {1} FROM {0} ORDER BY 1, 2, 3", table, columns), {},
                           [&text](const EngineRow& row) {
                             text += fmt::format("{} {} {}\n", row.integer(0), row.text(1), row.integer(2));
                             return ok();
                           }));
  return text;
}

// What a preview says, and to whom the charges go that are asked for.
std::string previewed(Engine& engine, const SplitRequest& request, std::span<const ChargeCells> cubes) {
  std::string text = describe(preview_split(engine, request, cubes));
  for (const char* const table : {"preview_direct", "preview_shares"})
    text += rows_of(engine, table, "x_RowId, CustomerId, x_RuleNumber");
  return text;
}

// By all cubes, of which one is chosen, and by each of them, whatever it lacks; half of the time without rules that ask
// for days.
TEST(SplitterRandom, APreviewIsTheSameByCells) {
  Engine engine = open_test_engine();
  for (const std::uint64_t seed : test_seeds(kCases)) {
    if (HasFailure()) break;
    Dice dice(seed);
    put_charges(engine, random_charges(dice));
    ASSERT_TRUE(engine.execute("CREATE OR REPLACE VIEW kept AS SELECT x_RowId FROM charges WHERE x_RowId % 3 = 1"));
    const std::string yaml = random_rules(dice);
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, yaml));
    const auto file = parse_rule_file(yaml, "rules.yaml");
    ASSERT_TRUE(file) << file.error().message();
    std::vector<Customer> customers = test_customers();
    if (dice.one_in(2)) customers[1].dated_tenants.clear();
    const SplitRequest request{&file->lists[0], customers, {}, "kept"};
    const std::string by_charges = previewed(engine, request, {});
    const std::vector<ChargeCells> cubes = cells_of_charges(engine);
    EXPECT_EQ(previewed(engine, request, cubes), by_charges);
    for (const ChargeCells& cells : cubes) EXPECT_EQ(previewed(engine, request, std::span(&cells, 1)), by_charges);
  }
}

// A cube that does not come to the charges decides nothing, whether its cells are matched or the charges.
TEST(SplitterRandom, APreviewRefusesCellsOfOtherAmounts) {
  Engine engine = open_test_engine();
  const std::vector<TestCharge> charges{with_defaults({{"BilledCost", "1"}, {"ServiceName", "x"}})};
  put_charges(engine, charges);
  const std::vector<ChargeCells> cubes = cells_of_charges(engine);
  ASSERT_TRUE(engine.execute(
      "CREATE OR REPLACE VIEW other_cells AS SELECT * REPLACE (BilledCost + 1 AS BilledCost) FROM cells_0"));
  const ChargeCells other{"other_cells", cubes.front().columns};
  for (const char* column : {"ServiceName", "ResourceId"}) {
    const auto file = parse_rule_file(
        fmt::format("- {{effective: 2026-01, rules: [{{when: {{{}: x}}, assign: contoso}}]}}", column), "r");
    ASSERT_TRUE(file);
    const std::vector<Customer> customers{{CustomerId("contoso"), "Contoso", "", {}}};
    const SplitRequest request{&file->lists[0], customers, {}};
    EXPECT_TRUE(preview_split(engine, request, cubes));
    const auto refused = preview_split(engine, request, std::span(&other, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().id, ErrorId::kSplitDiffersFromCharges);
  }
}

std::vector<std::uint32_t> classes_of(RuleMatcher& matcher, const TestCharge& charge) {
  std::vector<std::uint32_t> classes;
  for (std::size_t source = 0; source < matcher.source_count(); ++source) {
    const ChargeColumn& column = matcher.source_column(source);
    const auto found = charge.find(std::string(column.name));
    std::optional<std::string> value;
    if (found != charge.end()) value = found->second;
    if (value && column.type == ColumnType::kDecimal) value = Decimal::parse(*value).value.to_string();
    classes.push_back(matcher.classify(source, value));
  }
  return classes;
}

// Calls `check` with dice, charges, a list of rules and a matcher of it, for each seed.
template <class Check>
void for_random_matchers(const Check& check) {
  for (const std::uint64_t seed : test_seeds(kMatcherCases)) {
    if (testing::Test::HasFailure()) break;
    Dice dice(seed);
    const auto charges = random_charges(dice);
    const std::string yaml = random_rules(dice);
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, yaml));
    const auto file = parse_rule_file(yaml, "rules.yaml");
    ASSERT_TRUE(file) << file.error().message();
    auto matcher = RuleMatcher::compile(&file->lists[0], test_customers());
    ASSERT_TRUE(matcher) << matcher.error().message();
    check(dice, charges, file->lists[0], *matcher);
  }
}

TEST(SplitterRandom, TheMatcherAgreesWithTheNaiveOne) {
  for_random_matchers([](Dice&, const auto& charges, const RuleList& list, RuleMatcher& matcher) {
    for (const TestCharge& charge : charges) {
      const auto classes = classes_of(matcher, charge);
      EXPECT_EQ(matcher.match(classes), match_naively(charge, list, test_customers()));
    }
  });
}

// What is known of a charge decides only what all of it decides.
TEST(SplitterRandom, AMatchOfWhatIsKnownAgreesWithAllThatMayBe) {
  for_random_matchers([](Dice& dice, const auto& charges, const RuleList&, RuleMatcher& matcher) {
    std::vector<bool> known;
    for (std::size_t i = 0; i < matcher.source_count(); ++i) known.push_back(dice.one_in(2));
    matcher.expect_known(known);
    for (const TestCharge& charge : charges) {
      auto classes = classes_of(matcher, charge);
      const std::int64_t rule = matcher.match(classes);
      const auto is_in_proportion = rule == 0 ? std::optional(false) : matcher.is_in_proportion(rule, classes);
      for (std::size_t i = 0; i < known.size(); ++i) {
        if (!known[i]) classes[i] = kUnknownClass;
      }
      const PartialMatch match = matcher.match_known(classes);
      const bool comes_first = match.rule != 0 && (rule == 0 || match.rule < rule);
      EXPECT_TRUE(match.is_certain ? match.rule == rule : comes_first || match.rule == rule);
      if (rule == 0) continue;
      const auto known_to_be = matcher.is_in_proportion(rule, classes);
      EXPECT_TRUE(!known_to_be || known_to_be == is_in_proportion);
    }
  });
}

}  // namespace
}  // namespace apportion
