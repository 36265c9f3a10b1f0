#include "pipeline/split/split_test_support.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"
#include "lake/column_lists.h"

namespace apportion {
namespace {

constexpr auto kMetricColumns = std::to_array<const char*>(
    {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"});

void append_cell(TableAppender& rows, const ChargeColumn& column, const TestCharge& charge) {
  const auto found = charge.find(std::string(column.name));
  if (found == charge.end()) {
    rows.null();
    return;
  }
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kJson: rows.text(found->second); break;
    case ColumnType::kDecimal: rows.decimal(Decimal::parse(found->second).value); break;
    case ColumnType::kDay: rows.day(*Day::parse(found->second)); break;
    case ColumnType::kInteger: rows.integer(std::stoll(found->second)); break;
  }
}

std::vector<std::filesystem::path> paths_of(const std::vector<SplitFile>& files) {
  std::vector<std::filesystem::path> paths;
  for (const SplitFile& file : files) paths.push_back(file.path);
  return paths;
}

void add_part(TestParts& parts, const EngineRow& row, const TestMetrics& metrics) {
  const bool is_new =
      parts.emplace(std::pair(row.integer(0), std::string(row.text(1))), TestPart{row.integer(2), metrics}).second;
  EXPECT_TRUE(is_new) << "row " << row.integer(0) << " is there twice for " << row.text(1);
}

}  // namespace

TestCharge with_defaults(TestCharge charge) {
  const TestCharge defaults{{"BillingCurrency", "USD"},
                            {"ChargeCategory", "Usage"},
                            {"BillingPeriodStart", "2026-01-01"},
                            {"BillingPeriodEnd", "2026-02-01"},
                            {"ChargePeriodStart", "2026-01-10"},
                            {"ChargePeriodEnd", "2026-01-11"},
                            {"BilledCost", "0"}};
  charge.insert(defaults.begin(), defaults.end());
  charge.emplace("EffectiveCost", charge.at("BilledCost"));
  return charge;
}

TestMetrics metrics_of(const TestCharge& charge) {
  TestMetrics metrics;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const auto found = charge.find(kMetricColumns[i]);
    if (found != charge.end()) metrics[i] = Decimal::parse(found->second).value;
  }
  return metrics;
}

Engine open_test_engine() {
  auto engine = Engine::open({std::int64_t{512} << 20, 1, {}});
  APPORTION_CHECK(engine.has_value(), "the engine does not open");
  return std::move(*engine);
}

void put_charges(Engine& engine, const std::vector<TestCharge>& charges) {
  std::string columns;
  for (const ChargeColumn& column : charge_columns()) {
    columns += (columns.empty() ? "" : ", ") + sql_identifier(column.name) + " " + std::string(sql_type(column.type));
  }
  const auto made = engine.execute("CREATE OR REPLACE TABLE charges (" + columns + ")");
  APPORTION_CHECK(made.has_value(), "the table of test charges could not be made");
  auto rows = engine.append_to("charges");
  APPORTION_CHECK(rows.has_value(), "the table of test charges could not be filled");
  for (std::size_t i = 0; i < charges.size(); ++i) {
    TestCharge charge = charges[i];
    charge["x_RowId"] = std::to_string(i + 1);
    for (const ChargeColumn& column : charge_columns()) append_cell(*rows, column, charge);
    rows->end_row();
  }
  const auto filled = rows->finish();
  APPORTION_CHECK(filled.has_value(), "the table of test charges could not be filled");
}

TestParts read_parts(Engine& engine, const SplitResult& result, const std::vector<TestCharge>& charges) {
  TestParts parts;
  const auto direct_view =
      engine.view_over_parquet("test_direct", paths_of(result.direct_files), kDirectAssignmentColumns);
  EXPECT_TRUE(direct_view.has_value());
  const auto direct =
      engine.query("SELECT x_RowId, CustomerId, x_RuleNumber FROM test_direct", {}, [&](const EngineRow& row) {
        add_part(parts, row, metrics_of(charges[static_cast<std::size_t>(row.integer(0) - 1)]));
        return ok();
      });
  EXPECT_TRUE(direct.has_value());
  const auto share_view =
      engine.view_over_parquet("test_shares", paths_of(result.share_files), kShareAssignmentColumns);
  EXPECT_TRUE(share_view.has_value());
  const auto shares = engine.query("SELECT * FROM test_shares", {}, [&](const EngineRow& row) {
    TestMetrics metrics;
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      if (!row.is_null(3 + i)) metrics[i] = row.decimal(3 + i);
    }
    add_part(parts, row, metrics);
    return ok();
  });
  EXPECT_TRUE(shares.has_value());
  return parts;
}

}  // namespace apportion
