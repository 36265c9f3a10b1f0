#include "query/charge_rows.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/text.h"
#include "lake/relations.h"
#include "lake/snapshot.h"
#include "query/charge_rows.sql.h"
#include "query/cost_columns_internal.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

// Columns that the audience may not see are left out of them.
constexpr auto kUsualColumns = std::to_array<std::string_view>(
    {"Month", "CustomerId", "ChargePeriodStart", "ChargeCategory", "ServiceName", "SubAccountName", "ResourceId",
     "ChargeDescription", "ConsumedQuantity", "ConsumedUnit", "BillingCurrency", "x_RowId"});

std::vector<std::string> columns_of(const ChargeRowsRequest& request, Audience audience, const Dialect& dialect) {
  if (!request.columns.empty()) return request.columns;
  std::vector<std::string> columns;
  for (const std::string_view name : kUsualColumns) {
    if (cost_dimension(std::string(name), audience, dialect)) columns.emplace_back(name);
  }
  return columns;
}

// Parts of the statement, with the values of each.
struct Plan {
  std::vector<std::string> shown;
  std::vector<std::string> order = {"x_BillMonth", "a.ChargePeriodStart"};
  std::vector<EngineValue> values;
  std::string condition = "true";
  bool needs_customers = false;
  Table table;

  void show(const std::string& expression, TableColumn column) {
    shown.push_back(expression);
    order.push_back(std::to_string(shown.size()));
    table.columns.push_back(std::move(column));
  }
};

Result<void> plan_columns(const ChargeRowsRequest& request, Audience audience, const Dialect& dialect, Plan& plan) {
  for (const std::string& written : columns_of(request, audience, dialect)) {
    const bool is_repeated = std::ranges::any_of(
        plan.table.columns, [&](const TableColumn& column) { return ascii_equal_ignoring_case(column.name, written); });
    if (is_repeated) {
      return Error{ErrorId::kColumnRepeated, "a column is named twice", excerpt(written),
                   "the rows would have two columns of one name", "name each column once"};
    }
    APPORTION_ASSIGN(const CostDimension dimension, cost_dimension(written, audience, dialect));
    plan.show(dimension.expression, {written, table_kind(dimension.type)});
    plan.values.insert(plan.values.end(), dimension.values.begin(), dimension.values.end());
    plan.needs_customers = plan.needs_customers || dimension.is_of_customer;
  }
  for (const std::string_view cost : cost_metrics()) {
    const bool is_shown = std::ranges::find(plan.table.columns, cost, &TableColumn::name) != plan.table.columns.end();
    if (is_shown || find_charge_column(cost, audience) == nullptr) continue;
    plan.show(fmt::format("a.{}", sql_identifier(cost)), {std::string(cost), TableKind::kMoney});
  }
  return ok();
}

Result<void> plan_conditions(const ChargeRowsRequest& request, Audience audience, const Dialect& dialect, Plan& plan) {
  for (const CostFilter& filter : request.where) {
    APPORTION_ASSIGN(const CostCondition condition, cost_condition(filter, audience, dialect));
    plan.condition += " AND " + condition.text;
    plan.values.insert(plan.values.end(), condition.values.begin(), condition.values.end());
    plan.needs_customers = plan.needs_customers || condition.is_of_customer;
  }
  return ok();
}

}  // namespace

Result<Table> charge_rows(LakeReader& reader, const ReadScope& scope, const ChargeRowsRequest& request) {
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take_with_carried(reader.control_plane(), scope));
  QueryEngine& engine = reader.engine();
  Plan plan;
  APPORTION_TRY(plan_columns(request, scope.audience, engine.dialect(), plan));
  APPORTION_TRY(plan_conditions(request, scope.audience, engine.dialect(), plan));
  APPORTION_TRY(reader.open_relations(snapshot));
  const std::string statement =
      fmt::format(fmt::runtime(sql::kChargeRowsSql), fmt::arg("shown", fmt::format("{}", fmt::join(plan.shown, ", "))),
                  fmt::arg("customers", customers_join(plan.needs_customers)), fmt::arg("condition", plan.condition),
                  fmt::arg("order", fmt::format("{}", fmt::join(plan.order, ", "))), fmt::arg("limit", request.limit),
                  fmt::arg("offset", request.offset));
  APPORTION_TRY(engine.query(statement, plan.values, [&](const EngineRow& row) {
    plan.table.rows.push_back(row_cells(row, plan.table.columns));
    return ok();
  }));
  return std::move(plan.table);
}

}  // namespace apportion
