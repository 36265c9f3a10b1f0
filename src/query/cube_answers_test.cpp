// Whatever is asked, cubes answer what charges answer: to the last digit, with the same notices and the same errors.
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"
#include "foundation/model/charge_columns.h"
#include "lake/cubes.h"
#include "query/amount_changes.h"
#include "query/cost_report.h"
#include "query/report_test_support.h"

namespace apportion {
namespace {

const std::vector<std::string> kCustomers = {"contoso", "fabrikam", "northwind"};
const std::vector<std::string> kTags = {R"({"env":"prod"})", R"({"env":"test"})",
                                        R"({"env":"Prod","Cost Center/1":"7"})", R"({"Cost Center/1":"prod","env":""})",
                                        "{}"};

// A lake of a few months, of which some have no cubes, no split, or no amortized run.
class RandomLake {
 public:
  explicit RandomLake(std::uint64_t seed) : random_(seed) {
    lake_.add_customers(kCustomers);
    std::vector<Customer> customers;
    for (const std::string& id : kCustomers) {
      Customer customer{CustomerId(id), "Name of " + id, "", {"tenant-" + id}};
      if (one_in(4)) {
        customer.tenant_ids.clear();
        customer.dated_tenants = {{"tenant-" + id, *Day::parse("2026-09-10")}};
      }
      customers.push_back(customer);
    }
    EXPECT_TRUE(lake_.control_plane().put_customers(customers));
    for (const char* month : {"2026-08", "2026-09", "2026-10"}) add_month(month, false);
    // A month of the first kind goes on: what its newer charges change counts later.
    if (one_in(2)) add_carry();
    lake_.without_cubes();
    if (one_in(2)) add_month("2026-11", one_in(2));
  }

  CostReportRequest question() {
    static const std::vector<std::string> kColumns = {"CustomerId",
                                                      "CustomerName",
                                                      "Month",
                                                      "x_CarriedFrom",
                                                      "Day",
                                                      "ServiceName",
                                                      "ServiceCategory",
                                                      "x_ResourceGroupName",
                                                      "x_SubscriptionId",
                                                      "SubAccountName",
                                                      "RegionName",
                                                      "ChargeCategory",
                                                      "PricingCategory",
                                                      "x_SkuMeterCategory",
                                                      "x_CustomerTenantId",
                                                      "BillSource",
                                                      "BillingAccountId",
                                                      "tag.env",
                                                      "TAG.Cost Center/1",
                                                      "Tags"};
    CostReportRequest request;
    for (int i = pick(4); i > 0; --i) {
      const std::string& column = kColumns[pick(kColumns.size())];
      if (std::ranges::find(request.by, column) == request.by.end()) request.by.push_back(column);
    }
    if (!one_in(4)) request.by.emplace_back("BillingCurrency");
    for (int i = pick(3); i > 0; --i) {
      const std::string& column = kColumns[pick(kColumns.size())];
      request.where.push_back({column, {value_of(column), value_of(column)}});
    }
    for (const std::string_view metric : cost_metrics()) {
      if (one_in(2)) request.metrics.emplace_back(metric);
    }
    if (one_in(15)) request.metrics.emplace_back("ConsumedQuantity");
    request.without_carried = one_in(5);
    if (one_in(15)) request.currency = Currency::parse("USD");
    return request;
  }

  ReadScope scope() {
    ReadScope scope = ReadScope::of_partner();
    const int who = pick(4);
    if (who < 2) {
      constexpr Audience kAudiences[] = {Audience::kListView, Audience::kCostView, Audience::kBothViews};
      scope.audience = kAudiences[pick(3)];
      scope.customers = std::set{CustomerId(kCustomers[pick(kCustomers.size())])};
    }
    if (one_in(3)) scope.month = *Month::parse(fmt::format("2026-{:02}", 8 + pick(4)));
    return scope;
  }

  TestLake& lake() { return lake_; }

 private:
  int pick(std::size_t limit) { return static_cast<int>(random_() % limit); }
  bool one_in(std::size_t limit) { return pick(limit) == 0; }

  // Few values, so that cells hold several rows; some differ in case only, some are empty.
  std::string value_of(const std::string& column) {
    if (column == "CustomerId") return one_in(4) ? "unassigned" : kCustomers[pick(kCustomers.size())];
    if (column == "CustomerName") return "Name of " + kCustomers[pick(kCustomers.size())];
    if (column == "Month" || column == "x_CarriedFrom") return fmt::format("2026-{:02}", 8 + pick(4));
    if (column == "Tags") return kTags[pick(kTags.size())];
    if (column.starts_with("t") || column.starts_with("T")) return one_in(2) ? "prod" : "";
    if (column == "Day") return fmt::format("2026-09-{:02}", 1 + pick(20));
    if (column == "x_CustomerTenantId") return "tenant-" + kCustomers[pick(kCustomers.size())];
    if (column == "BillSource") return one_in(3) ? "other" : "acme";
    if (column == "ChargeCategory") return one_in(3) ? "Purchase" : "Usage";
    static const std::vector<std::string> kValues = {"", "a", "A", "b", "Bé", "it's"};
    return kValues[pick(kValues.size())];
  }

  std::string amount() { return fmt::format("{}.{:018}", pick(200) - 100, random_() % 1'000'000'000'000'000'000U); }

  TestCharge charge(const std::string& month) {
    TestCharge charge{{"BilledCost", amount()},
                      {"EffectiveCost", amount()},
                      {"BillingCurrency", one_in(3) ? "USD" : "EUR"},
                      {"ChargePeriodStart", fmt::format("{}-{:02}", month, 1 + pick(20))}};
    if (!one_in(5)) charge["Tags"] = kTags[pick(kTags.size())];
    for (const char* column :
         {"ServiceName", "ServiceCategory", "x_ResourceGroupName", "x_SubscriptionId", "SubAccountName", "RegionName",
          "ChargeCategory", "PricingCategory", "x_SkuMeterCategory", "x_CustomerTenantId", "BillingAccountId"}) {
      if (one_in(5) && std::string_view(column) != "ChargeCategory") continue;
      charge[column] = value_of(column);
    }
    for (const char* cost : {"ListCost", "ContractedCost"}) {
      if (!one_in(3)) charge[cost] = amount();
    }
    return charge;
  }

  void assign(const Import& import, const std::vector<TestCharge>& charges, std::int64_t ordinal,
              std::vector<TestAssignment>& assignments) {
    const std::int64_t row = TestLake::row_of(import, ordinal);
    const TestCharge& charge = charges[static_cast<std::size_t>(ordinal)];
    if (!one_in(4)) {
      assignments.push_back({row, one_in(4) ? "unassigned" : kCustomers[pick(kCustomers.size())], 1});
      return;
    }
    const Decimal part = test_decimal("0.123456789012345678");
    const std::string first = kCustomers[pick(2)];
    TestAssignment rest{row, kCustomers[2], 2, (test_decimal(charge.at("BilledCost")) - part).to_string(), "0"};
    TestAssignment share{row, first, 2, part.to_string(), charge.at("EffectiveCost")};
    for (const char* cost : {"ListCost", "ContractedCost"}) {
      if (!charge.contains(cost)) continue;
      share.metrics[cost] = part.to_string();
      rest.metrics[cost] = (test_decimal(charge.at(cost)) - part).to_string();
    }
    assignments.push_back(share);
    assignments.push_back(rest);
  }

  void add_month(const std::string& month, bool is_unsplit) {
    std::vector<TestCharge> charges;
    for (int i = 0; i < 60; ++i) charges.push_back(charge(month));
    const Dataset dataset = one_in(3) ? Dataset::kActualCost : Dataset::kFocusCost;
    last_ = lake_.add_import({.dataset = dataset, .charges = charges, .month = month});
    const ChargeSet set = lake_.publish({last_});
    if (is_unsplit) return;
    std::vector<TestAssignment> assignments;
    for (std::int64_t i = 0; i < std::ssize(charges); ++i) assign(last_, charges, i, assignments);
    lake_.split(set, assignments);
  }

  void add_carry() {
    const Connection acme = lake_.connection();
    ASSERT_TRUE(lake_.control_plane().set_locked(acme.id, *Month::parse("2026-09"), true));
    const Import late =
        lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {charge("2026-09")}, .month = "2026-09"});
    const HeldCharges held = lake_.hold({late}, {"contoso"});
    lake_.carry(held, "2026-10", {{"contoso", charge("2026-09")}, {"fabrikam", charge("2026-09")}});
  }

  std::mt19937_64 random_;
  TestLake lake_;
  Import last_;
};

std::string text_of(const Result<SummedCosts>& costs) {
  if (!costs) return costs.error().message();
  const Table& table = costs->table;
  std::string text;
  for (const TableColumn& column : table.columns) text += fmt::format("{}:{}|", column.name, column.unit);
  text += "\n";
  for (const std::string& line : lines_of(table)) text += line + "\n";
  for (const std::string& notice : table.notices) text += notice + "\n";
  return text;
}

std::string words_of(const CostReportRequest& request) {
  std::string words;
  for (const std::string& column : request.by) words += column + " ";
  for (const CostFilter& filter : request.where) words += fmt::format("{}={} ", filter.column, filter.values[0]);
  for (const std::string& metric : request.metrics) words += metric + " ";
  return words;
}

// What rules assigned of a month, as lines in an order.
std::vector<std::string> parts_of(LakeReader& reader, const PublishedMonth& month) {
  const auto parts = assigned_parts(reader, ReadScope::of_partner(), month);
  if (!parts) return {parts.error().message()};
  const auto text = [](const std::optional<Decimal>& cost) { return cost ? cost->to_string() : "unknown"; };
  std::vector<std::string> lines;
  for (const AssignedPart& part : *parts) {
    lines.push_back(fmt::format("{} {} {} {} ({}): {} rows, {}, {}", part.customer, part.currency, part.rule,
                                part.tenant_id, part.tenant_name, part.rows, text(part.costs.billed),
                                text(part.costs.effective)));
  }
  std::ranges::sort(lines);
  return lines;
}

TEST(CubeAnswers, TellWhatRulesAssigned) {
  std::size_t of_cells = 0;
  for (const std::uint64_t seed : test_seeds(5)) {
    RandomLake random(seed);
    TestLake& lake = random.lake();
    auto months = published_months(lake.control_plane(), ReadScope::of_partner());
    ASSERT_TRUE(months);
    ASSERT_TRUE(add_carried(lake.control_plane(), *months));
    for (PublishedMonth& month : *months) {
      if (!cells_tell_rules(month.split)) continue;
      const auto by_cells = parts_of(lake.reader(), month);
      month.split->month_cube_files.at(0).version = 2;
      ASSERT_FALSE(cells_tell_rules(month.split));
      ASSERT_EQ(by_cells, parts_of(lake.reader(), month)) << "seed " << seed;
      of_cells += by_cells.size();
    }
  }
  EXPECT_GT(of_cells, 50U);
}

// Cells in memory too, whether they stay there or go at once.
TEST(CubeAnswers, AreThoseOfTheCharges) {
  constexpr int kQuestions = 30;
  int of_cubes = 0;
  int of_charges = 0;
  for (const std::uint64_t seed : test_seeds(3)) {
    RandomLake random(seed);
    TestLake& lake = random.lake();
    constexpr std::int64_t kMuch = std::int64_t{1} << 30;
    constexpr std::int64_t kLittle = 40'000;
    KeptCells kept(seed % 3 == 0 ? kLittle : kMuch);
    LakeReader in_memory(lake.engine(), lake.control_plane(), lake.lake(), &kept);
    for (int i = 0; i < kQuestions; ++i) {
      const ReadScope scope = random.scope();
      CostReportRequest request = random.question();
      const auto answered = sum_costs(lake.reader(), scope, request);
      const std::string by_cubes = text_of(answered);
      ASSERT_EQ(text_of(sum_costs(in_memory, scope, request)), by_cubes)
          << "seed " << seed << ", question " << i << ": " << words_of(request);
      if (answered) ++(answered->source == CostSource::kCubes ? of_cubes : of_charges);
      request.from_charges = true;
      const auto slowly = sum_costs(lake.reader(), scope, request);
      ASSERT_EQ(by_cubes, text_of(slowly)) << "seed " << seed << ", question " << i << ": " << words_of(request);
      if (slowly) EXPECT_EQ(slowly->source, CostSource::kCharges);
    }
  }
  EXPECT_GT(of_cubes, 0);
  EXPECT_GT(of_charges, 0);
}

}  // namespace
}  // namespace apportion
