// What the splitter does to charges is in tests/golden/split and splitter_random_test.cpp; here is what goes wrong.
#include "pipeline/split/splitter.h"

#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "pipeline/split/split_ledger_internal.h"
#include "pipeline/split/split_test_support.h"

namespace apportion {
namespace {

class Splitter : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<SplitResult> split(const std::string& rules) {
    file_ = read_rule_file("- effective: 2026-01\n  rules: " + rules, "rules.yaml").file;
    return split_charges(engine_, {&file_.lists.at(0), customers_, folder_});
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator entries(folder_);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }

  // What a split of many charges writes with so many threads, file by file. The charges lie in no order of their ids.
  std::vector<std::string> written_with(int threads) {
    auto opened = Engine::open({.memory_bytes_max = std::int64_t{1} << 30, .threads = threads, .temporary_folder = {}});
    APPORTION_CHECK(opened.has_value(), "the engine does not open");
    engine_ = std::move(*opened);
    put_charges(engine_, {});
    const auto filled = engine_.execute(
        "INSERT INTO charges (x_RowId, BillingCurrency, ChargeCategory, x_CustomerTenantId, x_ResourceGroupName,"
        " BilledCost, EffectiveCost)"
        " SELECT (i * 7919) % 250007, 'EUR', 'Usage', CASE WHEN i % 3 = 0 THEN 't1' END,"
        " CASE WHEN i % 10 = 0 THEN 'shared' END, i, i FROM range(250007) r(i)");
    APPORTION_CHECK(filled.has_value(), filled ? "" : filled.error().message());
    const auto result = split("[{when: {x_ResourceGroupName: shared}, share: {a: 40, b: 60}}]");
    APPORTION_CHECK(result.has_value(), result ? "" : result.error().message());
    std::vector<std::string> contents;
    for (const auto* files : {&result->direct_files, &result->share_files}) {
      for (const SplitFile& file : *files) contents.push_back(*read_file(file.path));
    }
    return contents;
  }

  Engine engine_ = open_test_engine();
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("apportion-split-{}", ::getpid());
  std::vector<Customer> customers_{{CustomerId("a"), "A", "", {"t1"}}, {CustomerId("b"), "B", "", {}}};
  RuleFile file_;
};

TEST_F(Splitter, NoChargesGiveNoFiles) {
  put_charges(engine_, {});
  const auto result = split("[{assign: a}]");
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->charges, 0);
  EXPECT_TRUE(result->totals.empty());
  EXPECT_EQ(files(), 0U);
}

TEST_F(Splitter, WritesTheSameFilesWhateverThreadsThereAre) {
  const std::vector<std::string> with_one = written_with(1);
  EXPECT_EQ(with_one.size(), 2U);
  EXPECT_TRUE(with_one == written_with(4)) << "the same charges must give the same files, byte for byte";
}

TEST_F(Splitter, WithoutRulesAndCustomersAllIsUnassigned) {
  put_charges(engine_, {with_defaults({{"BilledCost", "1.5"}, {"x_CustomerTenantId", "T9"}})});
  const auto result = split_charges(engine_, {nullptr, {}, folder_});
  ASSERT_TRUE(result) << result.error().message();
  ASSERT_EQ(result->totals.size(), 1U);
  EXPECT_EQ(result->totals[0].customer.raw(), kUnassignedCustomerId);
  ASSERT_EQ(result->unassigned_tenants.size(), 1U);
  EXPECT_EQ(result->unassigned_tenants[0].tenant_id, "t9");
}

TEST_F(Splitter, TotalsAreByCustomerAndCurrency) {
  put_charges(engine_,
              {with_defaults({{"BilledCost", "1.5"}}), with_defaults({{"BilledCost", "2"}, {"BillingCurrency", "EUR"}}),
               with_defaults({{"BilledCost", "0.01"}, {"ListCost", "7"}})});
  const auto result = split("[{share: {a: 50, b: 50}}]");
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->shared_charges, 3);
  ASSERT_EQ(result->totals.size(), 4U);
  EXPECT_EQ(result->totals[0].currency.code(), "EUR");
  EXPECT_EQ(result->totals[1].costs[0].to_string(), "0.755");
  EXPECT_EQ(result->totals[1].costs[2].to_string(), "3.5");
  EXPECT_EQ(result->totals[1].rows, 2);
}

TEST_F(Splitter, APreviewWritesNothingAndAgrees) {
  put_charges(engine_,
              {with_defaults({{"BilledCost", "1"}}), with_defaults({{"BilledCost", "-3.000000000000000001"}})});
  const auto result = split("[{share: {equal: [a, b]}}]");
  ASSERT_TRUE(result);
  std::filesystem::remove_all(folder_);
  const auto preview = preview_split(engine_, {&file_.lists[0], customers_, {}});
  ASSERT_TRUE(preview) << preview.error().message();
  EXPECT_TRUE(preview->direct_files.empty() && preview->share_files.empty());
  ASSERT_EQ(preview->totals.size(), 2U);
  EXPECT_EQ(preview->totals[0].costs, result->totals[0].costs);
}

TEST_F(Splitter, ThePartsOfAPreviewSayRuleAndTenantAndSumToTheTotals) {
  put_charges(engine_, {with_defaults({{"BilledCost", "1"}, {"x_CustomerTenantId", "T1"}, {"ServiceName", "x"}}),
                        with_defaults({{"BilledCost", "2"}, {"x_CustomerTenantId", "t1"}, {"ServiceName", "x"}}),
                        with_defaults({{"BilledCost", "10"}, {"x_CustomerTenantId", "T2"}, {"ServiceName", "y"}})});
  ASSERT_TRUE(split("[{when: {ServiceName: x}, assign: a}, {when: {ServiceName: y}, share: {a: 50, b: 50}}]"));
  const auto preview = preview_split(engine_, {&file_.lists[0], customers_, {}});
  ASSERT_TRUE(preview) << preview.error().message();
  ASSERT_EQ(preview->parts.size(), 3U);  // shares of a and b, whole charges of a
  std::map<std::string, Decimal> sums;
  for (const SplitPart& part : preview->parts) {
    sums[part.customer.raw()] += part.costs[0];
    EXPECT_EQ(part.tenant_id, part.rule == 1 ? "t1" : "t2");
  }
  for (const SplitTotal& total : preview->totals) EXPECT_EQ(sums[total.customer.raw()], total.costs[0]);
}

TEST_F(Splitter, QuantitiesThatAreTooLargeToShareByAreAnError) {
  put_charges(engine_, {with_defaults({{"x_CustomerTenantId", "t1"}, {"ConsumedQuantity", "60000000000000000000"}}),
                        with_defaults({{"x_CustomerTenantId", "t1"},
                                       {"ConsumedQuantity", "60000000000000000000"},
                                       {"ChargeCategory", "Purchase"}}),
                        with_defaults({{"BilledCost", "1"}, {"ServiceName", "x"}})});
  const auto result = split("[{when: {ServiceName: x}, share: {in_proportion_to: Quantity, over: [a, b]}}]");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().id, ErrorId::kChargesCannotBeSplit);
  EXPECT_NE(result.error().message().find("the quantities of a"), std::string::npos);
  EXPECT_EQ(files(), 0U);
}

// The sums of these charges differ at every reading, as they would if a join had multiplied rows.
TEST_F(Splitter, RefusesAResultThatDoesNotSumToTheCharges) {
  put_charges(engine_, {with_defaults({{"BilledCost", "1"}})});
  ASSERT_TRUE(engine_.execute(
      "ALTER TABLE charges RENAME TO steady; CREATE SEQUENCE step;"
      "CREATE VIEW charges AS SELECT * REPLACE (nextval('step')::DECIMAL(38,18) AS BilledCost) FROM steady"));
  const auto result = split("[{assign: a}]");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().id, ErrorId::kSplitDiffersFromCharges);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Splitter, RefusesChargesWithoutCurrency) {
  put_charges(engine_, {with_defaults({{"BillingCurrency", "Euro"}})});
  const auto result = split("[{assign: a}]");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().id, ErrorId::kChargesCannotBeSplit);
}

TEST_F(Splitter, SaysWhenItCannotWrite) {
  put_charges(engine_, {with_defaults({})});
  std::filesystem::remove_all(folder_);
  const auto result = split("[{assign: a}]");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().id, ErrorId::kEngineFailed);
}

TEST_F(Splitter, LeavesNothingBehindInTheEngine) {
  put_charges(engine_, {with_defaults({}), with_defaults({{"ServiceName", "SQL"}})});
  ASSERT_TRUE(split("[{when: {ServiceName: SQL}, share: {a: 50, b: 50}}]"));
  std::string left;
  const auto listed = engine_.query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'split_%'",
                                    {}, [&](const EngineRow& row) {
                                      left += std::string(row.text(0)) + " ";
                                      return ok();
                                    });
  ASSERT_TRUE(listed);
  EXPECT_EQ(left, "");
}

// More shares than one batch holds.
TEST_F(Splitter, SharesInBatches) {
  for (int i = 0; i < 1000; ++i) customers_.push_back({CustomerId(fmt::format("c{:04}", i)), "", "", {}});
  put_charges(engine_, std::vector<TestCharge>(1201, with_defaults({{"BilledCost", "1"}})));
  std::string equal;
  for (int i = 0; i < 1000; ++i) equal += fmt::format("{}c{:04}", i == 0 ? "" : ", ", i);
  const auto result = split("[{share: {equal: [" + equal + "]}}]");
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->share_files.size(), 3U);
  EXPECT_EQ(result->totals.size(), 1000U);
  EXPECT_EQ(result->totals[0].costs[0].to_string(), "1.201");
}

TEST(SplitLedger, SeesWhatIsMissing) {
  const Currency usd = *Currency::parse("USD");
  const ChargeClass of{usd, "Usage"};
  const RowSums sums{2, 3, {Decimal::from_integer(5)}};
  SplitLedger ledger;
  ledger.add_direct(of, "a", 1, sums);
  EXPECT_TRUE(ledger.check_against_charges({{of, sums}}));
  EXPECT_FALSE(ledger.check_against_charges({}));
  EXPECT_FALSE(ledger.check_against_charges({{of, {3, 3, sums.costs}}}));
  EXPECT_FALSE(ledger.check_against_charges({{of, {2, 3, {Decimal::from_units(1)}}}}));
  EXPECT_FALSE(ledger.check_against_charges({{of, sums}, {{usd, "Tax"}, sums}}));
  EXPECT_TRUE(ledger.check_direct_rows({{{"a", 1}, {2, 3, {}}}}));
  EXPECT_FALSE(ledger.check_direct_rows({{{"a", 1}, {2, 4, {}}}}));
  EXPECT_FALSE(ledger.check_direct_rows({{{"b", 1}, {2, 3, {}}}}));
  EXPECT_FALSE(ledger.check_shares({{{"a", 1}, sums}}));
}

}  // namespace
}  // namespace apportion
