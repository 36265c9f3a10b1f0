#include "lake/cubes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/query_engine.h"
#include "foundation/model/charge_columns.h"
#include "lake/cube_cells.sql.h"

namespace apportion {
namespace {

constexpr auto kMonthColumns = std::to_array<std::string_view>({
    "x_BillSource",
    "BillingAccountId",
    "BillingAccountName",
    "x_CustomerTenantId",
    "x_CustomerTenantName",
    "SubAccountId",
    "SubAccountName",
    "x_SubscriptionId",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "PricingCategory",
    "BillingCurrency",
    "ProviderName",
    "PublisherName",
    "x_PublisherType",
    "ServiceCategory",
    "ServiceName",
    "x_ServiceFamily",
    "x_SkuMeterCategory",
    "x_ResourceGroupName",
    "RegionId",
    "RegionName",
    "CommitmentDiscountCategory",
    "CommitmentDiscountType",
    "CommitmentDiscountStatus",
});
constexpr auto kDayColumns = std::to_array<std::string_view>({
    "ChargePeriodStart",
    "x_BillSource",
    "x_CustomerTenantId",
    "x_CustomerTenantName",
    "x_SubscriptionId",
    "SubAccountName",
    "ChargeCategory",
    "PricingCategory",
    "BillingCurrency",
    "ServiceCategory",
    "ServiceName",
});
// Whole texts of tags: each tag is read from the few that differ.
constexpr auto kTagColumns = std::to_array<std::string_view>({
    "x_BillSource",
    "x_CustomerTenantId",
    "x_CustomerTenantName",
    "x_SubscriptionId",
    "SubAccountName",
    "ChargeCategory",
    "PricingCategory",
    "BillingCurrency",
    "ServiceCategory",
    "ServiceName",
    "x_ResourceGroupName",
    "Tags",
});
constexpr auto kDayTotalColumns = std::to_array<std::string_view>({
    "ChargePeriodStart",
    "x_BillSource",
    "ChargeCategory",
    "PricingCategory",
    "BillingCurrency",
    "PublisherName",
    "x_PublisherType",
    "ServiceCategory",
    "ServiceName",
    "x_SkuMeterCategory",
    "RegionId",
    "RegionName",
});

constexpr auto kCubes = std::to_array<CubeDefinition>({
    {"the month cube", LakeContent::kMonthCube, &Split::month_cube_files, true, true, kMonthColumns},
    {"the day cube", LakeContent::kDayCube, &Split::day_cube_files, true, false, kDayColumns},
    {"the tag cube", LakeContent::kTagCube, &Split::tag_cube_files, true, false, kTagColumns},
    {"the cube of days without customers", LakeContent::kDayTotals, &Split::day_total_files, false, false,
     kDayTotalColumns},
});

constexpr auto kCustomerColumns = std::to_array<std::string_view>({"CustomerId", "x_AssignmentKind"});
constexpr std::string_view kRule = "x_RuleNumber";
constexpr std::int64_t kVersionOfRulesInCells = 3;
constexpr auto kKnowledge = std::to_array<std::string_view>(
    {"list_known", "contracted_known", "x_ListCostIsFilled", "x_ContractedCostIsFilled"});

// What tells the cells of a cube apart, the customer first: its cells stand together.
std::vector<std::string> keys_of(const CubeDefinition& cube) {
  std::vector<std::string> keys;
  const auto add = [&keys](std::span<const std::string_view> columns) {
    for (const std::string_view column : columns) keys.push_back(sql_identifier(column));
  };
  if (cube.has_customer) add(kCustomerColumns);
  add(cube.columns);
  if (cube.has_rule) keys.emplace_back(kRule);
  add(kKnowledge);
  return keys;
}

// The columns of any cube, each once.
std::vector<std::string_view> columns_of_all() {
  std::vector<std::string_view> all;
  for (const CubeDefinition& cube : kCubes) {
    for (const std::string_view column : cube.columns) {
      if (std::ranges::find(all, column) == all.end()) all.push_back(column);
    }
  }
  return all;
}

}  // namespace

bool CubeDefinition::has(std::string_view column) const { return std::ranges::find(columns, column) != columns.end(); }

std::span<const CubeDefinition> cube_definitions() { return kCubes; }

const CubeDefinition& month_cube() { return kCubes.front(); }

bool cells_tell_rules(const std::optional<Split>& split) {
  return split && !split->month_cube_files.empty() &&
         std::ranges::all_of(split->month_cube_files,
                             [](const LakeFile& file) { return file.version >= kVersionOfRulesInCells; });
}

std::string all_cells_sql() {
  std::vector<std::string> columns;
  std::vector<std::string> names;
  for (const std::string_view column : columns_of_all()) {
    columns.push_back("a." + sql_identifier(column));
    names.push_back(sql_identifier(column));
  }
  std::vector<std::string> sets;
  for (const CubeDefinition& cube : kCubes) sets.push_back(fmt::format("({})", fmt::join(keys_of(cube), ", ")));
  return fmt::format(fmt::runtime(sql::kCubeCellsSql), fmt::arg("columns", fmt::format("{}", fmt::join(columns, ", "))),
                     fmt::arg("names", fmt::format("{}", fmt::join(names, ", "))),
                     fmt::arg("sets", fmt::format("{}", fmt::join(sets, ", "))));
}

std::vector<std::string_view> cell_columns(const CubeDefinition& cube) {
  std::vector<std::string_view> columns;
  if (cube.has_customer) columns.insert(columns.end(), kCustomerColumns.begin(), kCustomerColumns.end());
  columns.insert(columns.end(), cube.columns.begin(), cube.columns.end());
  columns.insert(columns.end(), {"x_ListCostIsFilled", "x_ContractedCostIsFilled", "x_Rows"});
  return columns;
}

std::string cells_sql(const CubeDefinition& cube, std::string_view cells) {
  constexpr int kWithoutCustomer = 4;
  constexpr int kWithoutDay = 2;
  constexpr int kWithoutTags = 1;
  const int bits = (cube.has_customer ? 0 : kWithoutCustomer) + (cube.has_day() ? 0 : kWithoutDay) +
                   (cube.has_tags() ? 0 : kWithoutTags);
  std::vector<std::string> columns;
  for (const std::string_view column : cell_columns(cube)) columns.push_back(sql_identifier(column));
  if (cube.has_rule) columns.emplace_back(kRule);
  std::vector<std::string> orders;
  for (const std::string& key : keys_of(cube)) orders.push_back(key + " NULLS FIRST");
  return fmt::format("SELECT {}, {} FROM {} WHERE cube_of_cell = {} ORDER BY {}", fmt::join(columns, ", "),
                     fmt::join(cost_metrics(), ", "), cells, bits, fmt::join(orders, ", "));
}

}  // namespace apportion
