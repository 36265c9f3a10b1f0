#include "query/cost_report.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/check.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "foundation/money/money.h"
#include "foundation/money/ratio.h"
#include "lake/relations.h"
#include "query/cost_columns_internal.h"
#include "query/cost_report.sql.h"
#include "query/cost_report_carried.sql.h"
#include "query/cost_report_distinct.sql.h"
#include "query/cost_report_filled.sql.h"
#include "query/cost_report_unknown.sql.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

// A metric that adds within a unit only.
struct Quantity {
  std::string_view metric;
  std::string_view unit;  // its column
};
constexpr auto kQuantities =
    std::to_array<Quantity>({{"ConsumedQuantity", "ConsumedUnit"}, {"PricingQuantity", "PricingUnit"}});

const Quantity* find_quantity(std::string_view metric) {
  const auto found = std::ranges::find(kQuantities, metric, &Quantity::metric);
  return found == kQuantities.end() ? nullptr : &*found;
}

// What a sum in another currency needs of its charges, which are grouped by these.
constexpr std::array<std::string_view, 3> kRateColumns = {"BillingCurrency", "PricingCurrency",
                                                          "x_BillingExchangeRate"};

// What costs are added up from, and how its rows are counted.
struct Relation {
  std::string_view name;
  std::string_view rows;  // how many charges a row stands for
  bool has_quantities;

  // 1 for rows whose cost is from a price sheet.
  std::string is_filled(std::string_view cost) const {
    if (!has_quantities) return fmt::format("a.x_{}IsFilled", cost);
    return fmt::format("CASE WHEN a.x_RowId IN (SELECT x_RowId FROM filled_prices WHERE {} IS NOT NULL) THEN 1 END",
                       cost);
  }
};
constexpr Relation kCharges{"assigned_charges", "1", true};
constexpr Relation kCells{"assigned_cells", "a.x_Rows", false};

class CostReport {
 public:
  CostReport(QueryEngine& engine, const Snapshot& snapshot, const CostReportRequest& request, CostSource source)
      : engine_(engine),
        audience_(snapshot.scope().audience),
        request_(request),
        relation_(source == CostSource::kCharges ? kCharges : kCells) {
    has_filled_costs_ =
        snapshot.scope().is_partner() && std::ranges::any_of(snapshot.months(), [](const PublishedMonth& month) {
          return month.charge_set && !month.charge_set->filled_files.empty();
        });
    has_carried_ =
        std::ranges::any_of(snapshot.months(), [](const PublishedMonth& month) { return !month.carried.empty(); });
    for (const std::string_view metric : cost_metrics()) {
      if (find_charge_column(metric, audience_) != nullptr) visible_metrics_.push_back(metric);
    }
    metrics_ = visible_metrics_;
    for (const Quantity& quantity : kQuantities) {
      if (find_charge_column(quantity.metric, audience_) != nullptr) visible_metrics_.push_back(quantity.metric);
    }
  }

  /// What the request names, before anything is read.
  Result<void> plan() {
    APPORTION_TRY(choose_metrics());
    APPORTION_TRY(plan_filters());
    return plan_groups();
  }

  /// What it needs of cells, once it is planned.
  NeededCells needed_cells() const {
    NeededCells needed;
    const auto need = [&needed](std::string_view column) {
      if (!needed.has(column)) needed.columns.push_back(column);
    };
    need("BillingCurrency");
    for (const std::string& written : request_.by) need_column(written, need);
    for (const CostFilter& filter : request_.where) need_column(filter.column, need);
    for (const CostFilter& filter : request_.where) {
      const std::string_view column = cell_column(filter.column);
      if (!column.empty()) needed.filters.push_back({column, filter.values});
    }
    return needed;
  }

  /// Once it is planned, and the relations are open.
  Result<Table> run() {
    if (request_.currency) {
      table_.currency = request_.currency;
    } else if (!groups_by("BillingCurrency") && has_costs()) {
      APPORTION_TRY(check_currencies());
    }
    APPORTION_TRY(check_units());
    APPORTION_TRY(request_.currency ? read_converted_rows() : read_rows());
    APPORTION_TRY(tell_unknown_costs());
    tell_rates();
    if (has_filled_costs_) APPORTION_TRY(tell_filled_costs());
    if (has_carried_) APPORTION_TRY(tell_carried());
    return std::move(table_);
  }

 private:
  Result<void> choose_metrics() {
    if (!request_.metrics.empty()) metrics_.clear();
    for (const std::string& written : request_.metrics) {
      const auto known = std::ranges::find_if(
          visible_metrics_, [&](std::string_view metric) { return ascii_equal_ignoring_case(metric, written); });
      if (known == visible_metrics_.end()) {
        return Error{ErrorId::kNoSuchMetric, "there is no such metric", excerpt(written),
                     fmt::format("one of {} was expected", fmt::join(visible_metrics_, ", ")), "correct the name"};
      }
      metrics_.push_back(*known);
    }
    rows_without_rate_.assign(metrics_.size(), 0);
    unknown_rows_.assign(metrics_.size(), 0);
    return ok();
  }

  Result<void> plan_filters() {
    if (request_.without_carried) condition_ += " AND a.x_CarriedFrom IS NULL";
    for (const CostFilter& filter : request_.where) {
      APPORTION_ASSIGN(const CostCondition condition, cost_condition(filter, audience_, engine_.dialect()));
      condition_ += " AND " + condition.text;
      of_filters_.insert(of_filters_.end(), condition.values.begin(), condition.values.end());
      filters_need_customers_ = filters_need_customers_ || condition.is_of_customer;
    }
    return ok();
  }

  Result<void> plan_groups() {
    groups_need_customers_ = filters_need_customers_;
    for (std::size_t i = 0; i < request_.by.size(); ++i) {
      const std::string& written = request_.by[i];
      if (std::find(request_.by.begin(), request_.by.begin() + static_cast<std::ptrdiff_t>(i), written) !=
          request_.by.begin() + static_cast<std::ptrdiff_t>(i)) {
        return Error{ErrorId::kColumnRepeated, "a column is named twice", excerpt(written),
                     "the report would have two columns of one name", "name each column once"};
      }
      APPORTION_ASSIGN(const CostDimension dimension, cost_dimension(written, audience_, engine_.dialect()));
      add_group(written, dimension);
    }
    for (const std::string_view metric : metrics_) table_.columns.push_back(column_of(metric));
    table_.has_totals = true;
    return ok();
  }

  TableColumn column_of(std::string_view metric) const {
    if (find_quantity(metric) != nullptr) return {std::string(metric), TableKind::kDecimal, true, true};
    const bool counts_as_nothing = metric == "ListCost" || metric == "ContractedCost";
    const std::string name =
        request_.currency ? fmt::format("{}In{}", metric, request_.currency->code()) : std::string(metric);
    return {name, TableKind::kMoney, counts_as_nothing};
  }

  // The column of cells behind one that a person wrote; empty: none, or it needs more.
  std::string_view cell_column(const std::string& written) const {
    if (ascii_equal_ignoring_case(written, "CustomerId")) return "CustomerId";
    const ChargeColumn* column = find_charge_column(written, audience_);
    return column == nullptr ? std::string_view() : column->name;
  }

  template <class Need>
  void need_column(const std::string& written, const Need& need) const {
    if (ascii_equal_ignoring_case(written, "Month")) {
      need("x_BillMonth");
    } else if (is_tag(written)) {
      need("Tags");
    } else if (ascii_equal_ignoring_case(written, "x_CarriedFrom")) {
      return;
    } else if (const std::string_view column = cell_column(written); !column.empty()) {
      need(column);
    } else {
      need("CustomerId");
      need("x_CustomerNames");
    }
  }

  bool has_costs() const {
    return std::ranges::find(table_.columns, TableKind::kMoney, &TableColumn::kind) != table_.columns.end();
  }

  bool groups_by(std::string_view column) const { return std::ranges::find(columns_, column) != columns_.end(); }

  void add_group(const std::string& written, const CostDimension& dimension) {
    const bool is_metric = std::ranges::any_of(
        metrics_, [&](std::string_view metric) { return ascii_equal_ignoring_case(metric, written); });
    table_.columns.push_back({is_metric ? "by_" + written : written, table_kind(dimension.type)});
    const std::size_t number = keys_.size();
    of_keys_.insert(of_keys_.end(), dimension.values.begin(), dimension.values.end());
    const std::string key = fmt::format("key_{}", number);
    // An empty text is nothing, as for filters and rules: in a CSV file nobody could tell the two groups apart.
    const std::string value =
        is_text_column(dimension.type) ? fmt::format("nullif({}, '')", dimension.expression) : dimension.expression;
    keys_.push_back(fmt::format("{} AS {}", compared_text(value, dimension.ignores_case), key));
    groups_.push_back(key);
    if (ascii_equal_ignoring_case(written, "CustomerId"))
      orders_.push_back(fmt::format("CASE WHEN {} = '{}' THEN 1 ELSE 0 END", key, kUnassignedCustomerId));
    orders_.push_back(key + " NULLS FIRST");
    if (dimension.ignores_case) {
      texts_.push_back(fmt::format("{} AS text_{}", value, number));
      shown_.push_back(fmt::format("min(text_{})", number));
    } else {
      shown_.push_back(key);
    }
    columns_.push_back(dimension.column);
    groups_need_customers_ = groups_need_customers_ || dimension.is_of_customer;
  }

  Result<std::vector<std::string>> distinct_values(std::string_view column, const std::string& condition) {
    std::vector<std::string> values;
    const std::string statement =
        fmt::format(fmt::runtime(sql::kCostReportDistinctSql), fmt::arg("column", sql_identifier(column)),
                    fmt::arg("condition", condition), fmt::arg("relation", relation_.name),
                    fmt::arg("customers", customers_join(filters_need_customers_)));
    APPORTION_TRY(engine_.query(statement, of_filters_, [&](const EngineRow& row) {
      values.emplace_back(row.is_null(0) ? "no unit" : row.text(0));
      return ok();
    }));
    return values;
  }

  // Every total carries its currency: in a column, or, when there is but one, in a notice.
  Result<void> check_currencies() {
    APPORTION_ASSIGN(const auto currencies, distinct_values("BillingCurrency", condition_));
    if (currencies.size() > 1) {
      return Error{ErrorId::kMixedCurrenciesInReport,
                   "the costs are in several currencies, which are never added together", "",
                   fmt::format("there are charges in {}", fmt::join(currencies, ", ")),
                   "group by BillingCurrency too, for example: " +
                       step(Step::kGroupReportBy, {{"columns", "CustomerId,BillingCurrency"}})};
    }
    if (currencies.empty()) return ok();
    table_.currency = Currency::parse(currencies.front());
    table_.notices.push_back(fmt::format("all amounts are in {}", currencies.front()));
    return ok();
  }

  // The same for quantities and their units.
  Result<void> check_units() {
    for (const std::string_view metric : metrics_) {
      const Quantity* quantity = find_quantity(metric);
      if (quantity == nullptr || groups_by(quantity->unit)) continue;
      const std::string condition = fmt::format("{} AND a.{} <> 0", condition_, metric);
      APPORTION_ASSIGN(const auto units, distinct_values(quantity->unit, condition));
      if (units.size() > 1) {
        return Error{ErrorId::kMixedUnitsInReport, "quantities in different units cannot be added", std::string(metric),
                     fmt::format("there are {} units in scope, among them {} and {}", units.size(), units[0], units[1]),
                     fmt::format("group by {} too, for example: {}", quantity->unit,
                                 step(Step::kGroupReportBy,
                                      {{"columns", fmt::format("ServiceName,{},BillingCurrency", quantity->unit)}}))};
      }
      if (units.empty()) continue;
      const auto column = std::ranges::find_if(
          table_.columns, [metric](const TableColumn& one) { return one.is_quantity && one.name == metric; });
      column->unit = units.front();
      table_.notices.push_back(fmt::format("{} is in {}", metric, units.front()));
    }
    return ok();
  }

  std::string metric_columns() const {
    std::vector<std::string> columns;
    for (const std::string_view metric : visible_metrics_) {
      if (relation_.has_quantities || find_quantity(metric) == nullptr) columns.push_back(fmt::format("a.{}", metric));
    }
    return fmt::format("{}", fmt::join(columns, ", "));
  }

  // The sum over a month without amortized run would be that of other months, and nobody could tell.
  static std::string sum_of(std::string_view metric) {
    return metric == "EffectiveCost" ? fmt::format("CASE WHEN count(*) = count({}) THEN sum({}) END", metric, metric)
                                     : fmt::format("sum({})", metric);
  }

  // `rates`: columns by which rows are grouped beside the keys, and which stand with the keys behind the sums.
  std::string statement(std::span<const std::string_view> rates = {}) const {
    std::vector<std::string> keys = keys_;
    keys.insert(keys.end(), texts_.begin(), texts_.end());
    std::vector<std::string> groups = groups_;
    std::vector<std::string> orders = orders_;
    std::vector<std::string> sums;
    for (const std::string_view metric : metrics_) sums.push_back(sum_of(metric));
    for (const std::string_view metric : metrics_)
      sums.push_back(fmt::format("coalesce(sum(CASE WHEN {} IS NULL THEN x_Rows END), 0)", metric));
    for (std::size_t i = 0; i < rates.size(); ++i) {
      const std::string rate = fmt::format("rate_{}", i);
      keys.push_back(fmt::format("a.{} AS {}", rates[i], rate));
      groups.push_back(rate);
      orders.push_back(rate);
    }
    if (!rates.empty()) {
      for (const std::string_view metric : metrics_)
        sums.push_back(fmt::format("coalesce(sum(CASE WHEN {} <> 0 THEN 1 ELSE 0 END), 0)", metric));
      for (std::size_t i = 0; i < groups.size(); ++i) sums.push_back(fmt::format("{} AS group_{}", groups[i], i));
    }
    const auto list = [](const std::vector<std::string>& parts, std::string_view before, std::string_view behind) {
      return parts.empty() ? std::string() : fmt::format("{}{}{}", before, fmt::join(parts, ", "), behind);
    };
    return fmt::format(
        fmt::runtime(sql::kCostReportSql), fmt::arg("keys", list(keys, "", ", ")),
        fmt::arg("metrics", metric_columns()), fmt::arg("rows", relation_.rows), fmt::arg("relation", relation_.name),
        fmt::arg("customers", customers_join(groups_need_customers_)), fmt::arg("condition", condition_),
        fmt::arg("shown", list(shown_, "", ", ")), fmt::arg("sums", list(sums, "", "")),
        fmt::arg("group", list(groups, "GROUP BY ", "")), fmt::arg("order", list(orders, "ORDER BY ", "")));
  }

  // The keys stand before the condition.
  std::vector<EngineValue> values_of_statement() const {
    std::vector<EngineValue> values = of_keys_;
    values.insert(values.end(), of_filters_.begin(), of_filters_.end());
    return values;
  }

  Result<void> read_rows() {
    return engine_.query(statement(), values_of_statement(), [&](const EngineRow& row) {
      table_.rows.push_back(row_cells(row, table_.columns));
      for (std::size_t i = 0; i < metrics_.size(); ++i) unknown_rows_[i] += row.integer(table_.columns.size() + i);
      return ok();
    });
  }

  // The sums of each exchange rate, taken into the currency asked for and put together.
  Result<void> read_converted_rows() {
    std::vector<TableCell> keys_before;
    std::vector<bool> has_unknown;
    return engine_.query(statement(kRateColumns), values_of_statement(), [&](const EngineRow& row) {
      std::vector<TableCell> cells = row_cells(row, table_.columns);
      std::vector<TableCell> keys;
      for (std::size_t i = 0; i < keys_.size(); ++i)
        keys.push_back(row_cell(row, behind_sums() + i, table_.columns[i].kind));
      if (table_.rows.empty() || keys != keys_before) {
        table_.rows.emplace_back(table_.columns.size());
        std::copy_n(cells.begin(), keys_.size(), table_.rows.back().begin());
        has_unknown.assign(metrics_.size(), false);
        keys_before = std::move(keys);
      }
      add_converted(row, cells, has_unknown);
      return ok();
    });
  }

  // Where the keys stand in a row of `statement(kRateColumns)`: behind the sums, the unknown and the known rows.
  std::size_t behind_sums() const { return table_.columns.size() + 2 * metrics_.size(); }

  void add_converted(const EngineRow& row, const std::vector<TableCell>& cells, std::vector<bool>& has_unknown) {
    std::vector<TableCell>& sums = table_.rows.back();
    for (std::size_t i = 0; i < keys_.size(); ++i) sums[i] = std::min(sums[i], cells[i]);
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      const std::size_t column = keys_.size() + i;
      const std::int64_t unknown = row.integer(table_.columns.size() + i);
      const std::int64_t not_zero = row.integer(table_.columns.size() + metrics_.size() + i);
      unknown_rows_[i] += unknown;
      std::optional<Decimal> amount;
      if (const auto* sum = std::get_if<Decimal>(&cells[column])) {
        amount = find_quantity(metrics_[i]) != nullptr ? *sum : converted(row, *sum, not_zero);
        if (!amount) rows_without_rate_[i] += not_zero;
      }
      const bool counts = std::holds_alternative<Decimal>(cells[column]) ||
                          (unknown > 0 && !table_.columns[column].unknown_counts_as_nothing);
      if (!amount && counts) has_unknown[i] = true;
      if (has_unknown[i]) {
        sums[column] = TableCell();
      } else if (amount) {
        const auto* before = std::get_if<Decimal>(&sums[column]);
        sums[column] = before == nullptr ? *amount : *before + *amount;
      }
    }
  }

  // A sum of charges of one rate; nothing where they have no rate to the currency asked for.
  std::optional<Decimal> converted(const EngineRow& row, Decimal sum, std::int64_t not_zero) const {
    const std::size_t billing = behind_sums() + keys_.size();
    const std::size_t pricing = billing + 1;
    const std::size_t rate = billing + 2;
    const auto is_wanted = [&](std::size_t column) {
      return !row.is_null(column) && Currency::parse(row.text(column)) == request_.currency;
    };
    if (not_zero == 0 || is_wanted(billing)) return sum;
    if (!is_wanted(pricing) || row.is_null(rate) || row.decimal(rate).is_zero()) return std::nullopt;
    return at_rate(sum, row.decimal(rate));
  }

  void tell_rates() {
    if (!request_.currency) return;
    const std::string_view code = request_.currency->code();
    table_.notices.push_back(
        fmt::format("costs in {} are estimates: charges in other currencies are converted at Microsoft's exchange "
                    "rate for each charge, to 18 digits",
                    code));
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      if (rows_without_rate_[i] == 0) continue;
      table_.notices.push_back(
          fmt::format("{} is unknown for {} without an exchange rate to {}; sums that include them are empty",
                      column_of(metrics_[i]).name, count_of(rows_without_rate_[i], "row"), code));
    }
  }

  Result<void> tell_unknown_costs() {
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      if (unknown_rows_[i] == 0) continue;
      const std::string_view metric = metrics_[i];
      APPORTION_ASSIGN(const std::vector<std::string> costs, costs_without(metric));
      table_.notices.push_back(
          fmt::format("{} is unknown for {}{}{}; {}", metric, count_of(unknown_rows_[i], "row"),
                      costs.empty() ? "" : " that cost ", fmt::join(costs, ", "),
                      metric == "EffectiveCost" ? "sums that include them are empty" : "they add nothing to its sums"));
    }
    return ok();
  }

  // Costs that the files left open and price sheets fill; `explain` names the row of the sheet.
  Result<void> tell_filled_costs() {
    for (const std::string_view metric : metrics_) {
      if (metric != "ListCost" && metric != "ContractedCost") continue;
      const std::string statement = fmt::format(
          fmt::runtime(sql::kCostReportFilledSql), fmt::arg("metric", metric), fmt::arg("condition", condition_),
          fmt::arg("rows", relation_.rows), fmt::arg("is_filled", relation_.is_filled(metric)),
          fmt::arg("relation", relation_.name), fmt::arg("customers", customers_join(filters_need_customers_)));
      APPORTION_TRY(engine_.query(statement, of_filters_, [&](const EngineRow& row) {
        const auto currency = Currency::parse(row.text(0));
        APPORTION_CHECK(currency, "a stored charge has a currency");
        table_.notices.push_back(fmt::format("{} of {} comes from price sheets: {} {}", metric,
                                             count_of(row.integer(1), "row"), currency->code(),
                                             shown_amount(row.decimal(2), *currency)));
        return ok();
      }));
    }
    return ok();
  }

  Result<void> tell_carried() {
    const std::string statement = fmt::format(fmt::runtime(sql::kCostReportCarriedSql),
                                              fmt::arg("condition", condition_), fmt::arg("relation", relation_.name),
                                              fmt::arg("customers", customers_join(filters_need_customers_)));
    return engine_.query(statement, of_filters_, [&](const EngineRow& row) {
      table_.notices.push_back(fmt::format("{} includes {} in {} carried from {}: later changes of a closed month",
                                           row.text(0), count_of(row.integer(3), "row"), row.text(2), row.text(1)));
      return ok();
    });
  }

  // What the rows of which a cost is unknown cost by the others, currency by currency.
  Result<std::vector<std::string>> costs_without(std::string_view metric) {
    std::vector<std::pair<std::string_view, std::string_view>> told;  // metric and its word
    for (const auto& [cost, word] : {std::pair("BilledCost", "billed"), std::pair("EffectiveCost", "effective")}) {
      if (cost != metric && std::ranges::find(visible_metrics_, cost) != visible_metrics_.end())
        told.emplace_back(cost, word);
    }
    std::vector<std::string> costs;
    if (told.empty()) return costs;
    std::vector<std::string> sums;
    for (const auto& [cost, word] : told) sums.push_back(sum_of(cost));
    const std::string statement = fmt::format(
        fmt::runtime(sql::kCostReportUnknownSql), fmt::arg("metrics", metric_columns()), fmt::arg("metric", metric),
        fmt::arg("sums", fmt::format("{}", fmt::join(sums, ", "))), fmt::arg("condition", condition_),
        fmt::arg("relation", relation_.name), fmt::arg("customers", customers_join(filters_need_customers_)));
    APPORTION_TRY(engine_.query(statement, of_filters_, [&](const EngineRow& row) {
      const auto currency = Currency::parse(row.text(0));
      APPORTION_CHECK(currency, "a stored charge has a currency");
      std::vector<std::string> amounts;
      for (std::size_t i = 0; i < told.size(); ++i) {
        if (row.is_null(1 + i)) continue;
        amounts.push_back(fmt::format("{} {}", shown_amount(row.decimal(1 + i), *currency), told[i].second));
      }
      if (!amounts.empty()) costs.push_back(fmt::format("{} {}", currency->code(), fmt::join(amounts, " and ")));
      return ok();
    }));
    return costs;
  }

  QueryEngine& engine_;
  Audience audience_;
  const CostReportRequest& request_;
  const Relation& relation_;
  std::vector<EngineValue> of_keys_;
  std::vector<EngineValue> of_filters_;
  std::vector<std::string_view> visible_metrics_;
  std::vector<std::string_view> metrics_;
  std::vector<std::string> keys_, texts_, groups_, orders_, shown_;
  std::string condition_ = "true";
  std::vector<std::string_view> columns_;  // canonical ones of the groups; empty for others
  bool has_filled_costs_ = false;
  bool has_carried_ = false;
  bool filters_need_customers_ = false;
  bool groups_need_customers_ = false;
  std::vector<std::int64_t> unknown_rows_;       // by metric
  std::vector<std::int64_t> rows_without_rate_;  // by metric
  Table table_;
};

// Whether the cells of a cube have a column, as a person wrote it. What is no column at all, the report will say.
bool has_column(const CubeDefinition& cube, const std::string& written, Audience audience, const Dialect& dialect) {
  const auto dimension = cost_dimension(written, audience, dialect);
  if (!dimension) return true;
  if (!dimension->column.empty()) return cube.has(dimension->column);
  const bool is_of_month =
      ascii_equal_ignoring_case(written, "Month") || ascii_equal_ignoring_case(written, "x_CarriedFrom");
  return is_of_month || cube.has_customer;
}

bool has_all_columns(const CubeDefinition& cube, const CostReportRequest& request, Audience audience,
                     const Dialect& dialect) {
  const auto has = [&](const std::string& written) { return has_column(cube, written, audience, dialect); };
  return std::ranges::all_of(request.by, has) && std::ranges::all_of(request.where, has, &CostFilter::column);
}

std::int64_t cells_of(const CubeDefinition& cube, const Snapshot& snapshot) {
  std::int64_t cells = 0;
  for (const PublishedMonth& month : snapshot.months()) {
    if (!cube.is_of(month.split)) continue;
    for (const LakeFile& file : (*month.split).*cube.files) cells += file.rows;
  }
  return cells;
}

bool asks_tags(const CostReportRequest& request) {
  const auto is_of_tags = [](const std::string& written) {
    return is_tag(written) || ascii_equal_ignoring_case(written, "Tags");
  };
  return std::ranges::any_of(request.by, is_of_tags) ||
         std::ranges::any_of(request.where, is_of_tags, &CostFilter::column);
}

// The cube with the fewest cells of those that have all that is asked for; null if none has. The one with tags is left
// to questions by tag: otherwise the same sums would be in memory twice.
const CubeDefinition* smallest_cube(const Snapshot& snapshot, const CostReportRequest& request,
                                    const Dialect& dialect) {
  const bool asks_quantities = std::ranges::any_of(request.metrics, [](const std::string& written) {
    return std::ranges::any_of(kQuantities, [&written](const Quantity& quantity) {
      return ascii_equal_ignoring_case(quantity.metric, written);
    });
  });
  if (request.currency || asks_quantities) return nullptr;
  const CubeDefinition* smallest = nullptr;
  for (const CubeDefinition& cube : cube_definitions()) {
    if (cube.has_tags() && !asks_tags(request)) continue;
    if (!may_answer(cube, snapshot) || !has_all_columns(cube, request, snapshot.scope().audience, dialect)) continue;
    if (smallest == nullptr || cells_of(cube, snapshot) < cells_of(*smallest, snapshot)) smallest = &cube;
  }
  return smallest;
}

}  // namespace

std::string_view cost_source_name(CostSource source) {
  switch (source) {
    case CostSource::kCharges: return "charges";
    case CostSource::kCubes: return "cubes";
  }
  return "charges";
}

Result<SummedCosts> sum_costs(LakeReader& reader, const ReadScope& scope, const CostReportRequest& request) {
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take_with_carried(reader.control_plane(), scope));
  const CubeDefinition* cube =
      request.from_charges ? nullptr : smallest_cube(snapshot, request, reader.engine().dialect());
  const CostSource source = cube == nullptr ? CostSource::kCharges : CostSource::kCubes;
  CostReport report(reader.engine(), snapshot, request, source);
  APPORTION_TRY(report.plan());
  APPORTION_TRY(cube == nullptr ? reader.open_relations(snapshot)
                                : reader.open_cells(snapshot, *cube, report.needed_cells()));
  APPORTION_ASSIGN(Table table, report.run());
  return SummedCosts{std::move(table), source};
}

Result<Table> cost_report(LakeReader& reader, const ReadScope& scope, const CostReportRequest& request) {
  APPORTION_ASSIGN(SummedCosts costs, sum_costs(reader, scope, request));
  return std::move(costs.table);
}

}  // namespace apportion
