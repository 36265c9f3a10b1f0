#include "query/focus_dataset.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"
#include "query/focus_dataset.sql.h"
#include "query/focus_rows_internal.h"
#include "query/focus_totals.sql.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

// Rows have one issuer as a rule. Nobody is named where no row of a customer says it.
constexpr std::string_view kIssuerOfPartner = "Microsoft";
constexpr std::string_view kIssuerOfCustomers = "Partner";

// A canonical column as it may be read: columns that the scope may not see are empty.
std::string readable(std::string_view column, ColumnType type, Audience audience) {
  const ChargeColumn* canonical = find_charge_column(column, audience);
  const bool is_there = canonical != nullptr && canonical->name == column;
  return is_there ? "a." + sql_identifier(column) : fmt::format("CAST(NULL AS {})", sql_type(type));
}

// What is selected: the columns of the file, and the asides behind them.
std::vector<std::string> selected(const std::vector<TableColumn>& columns, Audience audience) {
  std::vector<std::string> expressions;
  for (const FocusColumn& column : focus_columns()) expressions.push_back(readable(column.name, column.type, audience));
  for (std::size_t i = focus_columns().size(); i < columns.size(); ++i) {
    const auto own = std::ranges::find(focus_own_columns(), columns[i].name, &FocusOwnColumn::name);
    expressions.push_back(own != focus_own_columns().end() ? std::string(own->expression)
                                                           : "a." + sql_identifier(columns[i].name));
  }
  for (const FocusOwnColumn& aside : focus_asides()) expressions.emplace_back(aside.expression);
  return expressions;
}

std::vector<TableColumn> columns_of_file(bool is_of_partner) {
  std::vector<TableColumn> columns;
  for (const FocusColumn& column : focus_columns())
    columns.push_back({std::string(column.name), table_kind(column.type)});
  for (const std::string_view extra : focus_extras(is_of_partner)) {
    const auto own = std::ranges::find(focus_own_columns(), extra, &FocusOwnColumn::name);
    const ColumnType type =
        own != focus_own_columns().end() ? own->type : charge_columns()[charge_column_index(extra)].type;
    columns.push_back({std::string(extra), table_kind(type)});
  }
  return columns;
}

// A customer's rows have no number that it may see: they are in the order of all that it sees.
std::string order_of_rows(bool is_of_partner, const std::vector<std::string>& expressions) {
  if (is_of_partner)
    return "a.x_BillMonth, a.x_BillSource, a.x_RowId, a.x_AssignmentKind, a.CustomerId, a.x_RuleNumber, "
           "a.BilledCost, a.EffectiveCost";
  std::string order =
      "a.x_BillMonth, a.ChargePeriodStart, a.SubAccountId NULLS FIRST, a.ResourceId NULLS FIRST, "
      "a.SkuMeter NULLS FIRST";
  for (std::size_t place = 1; place <= expressions.size(); ++place) order += fmt::format(", {} NULLS FIRST", place);
  return order;
}

std::string sums_of(Audience audience, std::optional<CustomerView> view) {
  const bool sees_billed = find_charge_column("BilledCost", audience) != nullptr;
  std::vector<std::string> sums;
  for (const std::string_view cost : kFocusCosts) {
    const std::string_view shown = shown_cost(cost, view);
    sums.push_back(fmt::format("sum(a.{0}), count(*) - count(a.{0}), {1}", shown,
                               sees_billed ? fmt::format("sum(CASE WHEN a.{} IS NULL THEN a.BilledCost END)", shown)
                                           : std::string("CAST(NULL AS DECIMAL(38,18))")));
  }
  return fmt::format("{}", fmt::join(sums, ", "));
}

FocusTotals totals_in(const EngineRow& row) {
  const auto currency = Currency::parse(row.text(0));
  APPORTION_CHECK(currency, "a stored charge has a currency");
  FocusTotals totals{*currency, row.integer(1)};
  std::size_t column = 3;
  for (FocusSum& sum : totals.costs) {
    if (!row.is_null(column)) sum.known = row.decimal(column);
    sum.unknown_rows = row.integer(column + 1);
    if (!row.is_null(column + 2)) sum.billed_of_unknown = row.decimal(column + 2);
    column += 3;
  }
  return totals;
}

Result<Snapshot> snapshot_of(const ControlPlane& control_plane, const FocusRequest& request) {
  if (!request.months) return Snapshot::take_with_carried(control_plane, request.scope);
  std::vector<PublishedMonth> months = *request.months;
  APPORTION_TRY(add_carried(control_plane, months));
  return Snapshot::of(control_plane, request.scope, std::move(months));
}

}  // namespace

std::vector<std::string_view> shown_costs(std::optional<CustomerView> view) {
  std::vector<std::string_view> shown;
  for (const std::string_view cost : kFocusCosts) {
    const std::string_view source = shown_cost(cost, view);
    if (std::ranges::find(shown, source) == shown.end()) shown.push_back(source);
  }
  return shown;
}

Result<FocusDataset> FocusDataset::open(LakeReader& reader, const FocusRequest& request) {
  const bool is_of_partner = request.scope.is_partner();
  if (!is_of_partner && !may_see(request.scope.audience, audience_of(request.view)))
    APPORTION_TRY(require_partner(request.scope, "what the partner pays"));
  APPORTION_ASSIGN(const Snapshot snapshot, snapshot_of(reader.control_plane(), request));
  APPORTION_TRY(reader.open_relations(snapshot));
  FocusDataset dataset(reader.engine());
  dataset.audience_ = is_of_partner ? request.scope.audience : audience_of(request.view);
  if (!is_of_partner) dataset.view_ = request.view;
  dataset.condition_ = request.only ? "a.CustomerId = " + sql_literal(request.only->raw()) : "true";
  dataset.issuer_ = is_of_partner ? "" : request.issuer;
  dataset.other_issuer_ = is_of_partner ? kIssuerOfPartner : kIssuerOfCustomers;
  dataset.columns_ = columns_of_file(is_of_partner);
  APPORTION_TRY(dataset.read_totals());
  return dataset;
}

Result<void> FocusDataset::read_totals() {
  const std::string statement =
      fmt::format(fmt::runtime(sql::kFocusTotalsSql), fmt::arg("sums", sums_of(audience_, view_)),
                  fmt::arg("condition", condition_));
  return engine_->query(statement, {}, [this](const EngineRow& row) {
    totals_.push_back(totals_in(row));
    if (view_ && !row.is_null(2)) other_issuer_ = row.text(2);
    return ok();
  });
}

std::int64_t FocusDataset::rows() const {
  std::int64_t rows = 0;
  for (const FocusTotals& totals : totals_) rows += totals.rows;
  return rows;
}

bool FocusDataset::has_unknown_costs() const {
  return std::ranges::any_of(totals_, [](const FocusTotals& totals) {
    return std::ranges::any_of(totals.costs, [](const FocusSum& sum) { return sum.unknown_rows > 0; });
  });
}

Result<void> FocusDataset::visit(const Visit& visit) {
  const std::vector<std::string> expressions = selected(columns_, audience_);
  const std::string statement = fmt::format(
      fmt::runtime(sql::kFocusDatasetSql), fmt::arg("columns", fmt::format("{}", fmt::join(expressions, ", "))),
      fmt::arg("condition", condition_), fmt::arg("order", order_of_rows(!view_, expressions)));
  std::vector<TableColumn> read = columns_;
  for (const FocusOwnColumn& aside : focus_asides()) read.push_back({std::string(aside.name), table_kind(aside.type)});
  const FocusRows rows(view_, issuer_, other_issuer_);
  return engine_->query(statement, {}, [&](const EngineRow& row) {
    std::vector<TableCell> cells = row_cells(row, read);
    rows.complete(cells);
    return visit(cells);
  });
}

}  // namespace apportion
