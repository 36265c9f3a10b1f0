#include "query/line_changes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/text.h"
#include "query/line_changes.sql.h"
#include "query/lines_that_differ.sql.h"

namespace apportion {
namespace {

constexpr auto kAmounts = std::to_array<std::string_view>(
    {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "x_CostInPricingCurrency", "x_CostInUsd",
     "x_ListCostInUsd", "PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity"});

// What another run may tell otherwise of the same line: shown where all rows of the line agree.
constexpr auto kPrices = std::to_array<std::string_view>(
    {"InvoiceId", "x_PreviousInvoiceId", "ListUnitPrice", "ContractedUnitPrice", "x_EffectiveUnitPrice", "x_UnitPrice",
     "x_PayGPrice", "x_BillingExchangeRate", "x_BillingExchangeRateDate"});

// Where a row comes from: that of one row stands for the line.
constexpr auto kOrigins = std::to_array<std::string_view>(
    {"x_RowId", "x_ImportId", "x_SourceFile", "x_SourceLine", "x_SourceChanges", "x_OtherColumns"});

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_text(const ChargeColumn& column) {
  return column.type == ColumnType::kText || column.type == ColumnType::kJson;
}

// A column as lines are told apart by it: an empty text is nothing, and blanks between the members of a JSON object say
// nothing.
std::string compared(const ChargeColumn& column, const Dialect& dialect) {
  std::string name = sql_identifier(column.name);
  if (column.type == ColumnType::kJson) return dialect.compact_json(name, fmt::format("nullif({}, '')", name));
  if (!is_text(column)) return name;
  return column.match == ColumnMatch::kIgnoreCase ? fmt::format("lower(nullif({}, ''))", name)
                                                  : fmt::format("nullif({}, '')", name);
}

std::string shown_key(const ChargeColumn& column) {
  const std::string name = sql_identifier(column.name);
  return is_text(column) ? fmt::format("min(nullif({0}, '')) AS {0}", name) : fmt::format("min({0}) AS {0}", name);
}

std::string shown_origin(std::string_view column) {
  const std::string name = sql_identifier(column);
  return fmt::format(
      "CASE WHEN count(*) FILTER (WHERE is_after) > 0 THEN min_by({0}, x_RowId) FILTER (WHERE is_after) "
      "ELSE min_by({0}, x_RowId) END AS {0}",
      name);
}

std::string shown_price(std::string_view column) {
  return fmt::format("CASE WHEN min({0}) = max({0}) THEN min({0}) END AS {0}", sql_identifier(column));
}

class Comparer {
 public:
  Comparer(Workbench& engine, const LineComparison& comparison)
      : engine_(engine), audience_(comparison.scope.audience) {
    add_key("x_BillMonth", "x_BillMonth");
    add_key("CustomerId", "CustomerId");
    add_rows();
    if (comparison.by.empty()) {
      add_key("x_AssignmentKind", "x_AssignmentKind");
      for (const ChargeColumn& column : charge_columns()) add_column(column);
      return;
    }
    add_chosen("BillingCurrency");
    for (const std::string& name : comparison.by) add_chosen(name);
    for (const std::string_view name : kAmounts) add_column(charge_columns()[charge_column_index(name)]);
  }

  // Whether a version knows effective costs: where it does not, also a line without rows has an unknown one.
  void knows_effective_cost(bool before, bool after) {
    knows_before_ = before;
    knows_after_ = after;
  }

  Result<void> run() {
    for (const std::string& amount : amounts_) {
      for (const bool is_after : {false, true}) columns_.push_back(side_of(amount, is_after));
      differs_.push_back(fmt::format("{0}_Before IS DISTINCT FROM {0}_After", amount));
    }
    const std::string keys = fmt::format("{}", fmt::join(keys_, ", "));
    const auto with = [&](std::string_view statement) {
      return fmt::format(fmt::runtime(statement), fmt::arg("keys", keys),
                         fmt::arg("line", engine_.dialect().hash_of(keys)),
                         fmt::arg("cells", engine_.dialect().hash_of(fmt::format("{}", fmt::join(amounts_, ", ")))),
                         fmt::arg("columns", fmt::format("{}", fmt::join(columns_, ",\n    "))),
                         fmt::arg("differs", fmt::format("{}", fmt::join(differs_, " OR "))));
    };
    APPORTION_TRY(engine_.make_table_of("lines_that_differ", with(sql::kLinesThatDifferSql)));
    return engine_.make_table_of("line_changes", with(sql::kLineChangesSql));
  }

 private:
  void add_key(std::string key, std::string_view name) {
    columns_.push_back(fmt::format("min({0}) AS {0}", name));
    keys_.push_back(std::move(key));
  }

  void add_rows() {
    constexpr std::string_view kRows = "coalesce(sum(x_RowCount) FILTER (WHERE {}is_after), 0)";
    columns_.push_back(fmt::format("CAST({} AS BIGINT) AS RowsBefore", fmt::format(fmt::runtime(kRows), "NOT ")));
    columns_.push_back(fmt::format("CAST({} AS BIGINT) AS RowsAfter", fmt::format(fmt::runtime(kRows), "")));
    differs_.emplace_back("RowsBefore <> RowsAfter");
  }

  void add_column(const ChargeColumn& column) {
    if (!may_see(audience_, column.audience)) return;
    if (is_line_amount(column)) {
      amounts_.emplace_back(column.name);
    } else if (is_among(kOrigins, column.name)) {
      columns_.push_back(shown_origin(column.name));
    } else if (is_among(kPrices, column.name)) {
      columns_.push_back(shown_price(column.name));
    } else {
      columns_.push_back(shown_key(column));
      keys_.push_back(compared(column, engine_.dialect()));
    }
  }

  void add_chosen(std::string_view name) {
    const ChargeColumn& column = charge_columns()[charge_column_index(name)];
    columns_.push_back(shown_key(column));
    keys_.push_back(compared(column, engine_.dialect()));
  }

  std::string side_of(const std::string& amount, bool is_after) const {
    const std::string_view side = is_after ? "After" : "Before";
    const bool is_known = amount != "EffectiveCost" || (is_after ? knows_after_ : knows_before_);
    if (!is_known) return fmt::format("CAST(NULL AS DECIMAL(38,18)) AS {}_{}", amount, side);
    const std::string_view no = is_after ? "" : "NOT ";
    return fmt::format(
        "CASE WHEN count({0}) FILTER (WHERE {1}is_after) = count(*) FILTER (WHERE {1}is_after) "
        "THEN coalesce(sum({0}) FILTER (WHERE {1}is_after), CAST(0 AS DECIMAL(38,18))) END AS {0}_{2}",
        amount, no, side);
  }

  Workbench& engine_;
  Audience audience_;
  std::vector<std::string> keys_, columns_, amounts_, differs_;
  bool knows_before_ = true;
  bool knows_after_ = true;
};

bool knows_effective_cost(const Snapshot& snapshot) {
  return std::ranges::all_of(snapshot.months(),
                             [&](const PublishedMonth& month) { return snapshot.knows_effective_cost(month); });
}

}  // namespace

bool is_line_amount(const ChargeColumn& column) { return is_among(kAmounts, column.name); }

Result<void> compare_lines(LakeReader& reader, const LineComparison& comparison) {
  APPORTION_ASSIGN(const Snapshot before, Snapshot::of(reader.control_plane(), comparison.scope, comparison.before));
  APPORTION_ASSIGN(const Snapshot after, Snapshot::of(reader.control_plane(), comparison.scope, comparison.after));
  APPORTION_TRY(reader.open_assigned_charges(before, "lines_before"));
  APPORTION_TRY(reader.open_assigned_charges(after, "lines_after"));
  Comparer comparer(reader.scratch(), comparison);
  comparer.knows_effective_cost(knows_effective_cost(before), knows_effective_cost(after));
  return comparer.run();
}

}  // namespace apportion
