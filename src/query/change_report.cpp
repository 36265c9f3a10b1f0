#include "query/change_report.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/check.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "query/change_sums.sql.h"
#include "query/line_change_counts.sql.h"
#include "query/line_change_rows.sql.h"
#include "query/line_changes.h"
#include "query/published_view_internal.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

struct Sums {
  std::int64_t rows = 0;
  std::vector<std::optional<Decimal>> amounts;  // by metric; empty: no rows, which cost nothing

  friend bool operator==(const Sums&, const Sums&) = default;
};

using CustomerAndCurrency = std::pair<std::string, std::string>;

struct BeforeAndAfter {
  Sums before;
  Sums after;
};

using SumsByCustomer = std::map<CustomerAndCurrency, BeforeAndAfter>;

void add_amounts(Sums& sums, const Sums& more) {
  sums.rows += more.rows;
  if (sums.amounts.empty()) {
    sums.amounts = more.amounts;
    return;
  }
  for (std::size_t i = 0; i < more.amounts.size(); ++i) {
    std::optional<Decimal>& amount = sums.amounts[i];
    amount = amount && more.amounts[i] ? std::optional(*amount + *more.amounts[i]) : std::nullopt;
  }
}

std::optional<Decimal> amount_of(const Sums& sums, std::size_t metric) {
  return sums.amounts.empty() ? std::optional(Decimal()) : sums.amounts[metric];
}

TableCell cell_of(const std::optional<Decimal>& amount) { return amount ? TableCell(*amount) : TableCell(); }

// Two charge sets of one connection and month.
struct Versions {
  PublishedMonth before;
  PublishedMonth after;
};

// What tells a charge, as far as fits beside the amounts.
constexpr auto kTellingColumns = std::to_array<std::string_view>(
    {"ChargePeriodStart", "ChargeCategory", "ServiceName", "SkuMeter", "SubAccountName", "ResourceName"});

Result<std::vector<std::string>> line_columns(const ChangeRequest& request) {
  std::vector<std::string> names;
  for (const std::string& written : request.by) {
    if (ascii_equal_ignoring_case(written, "CustomerId")) continue;  // it is always there
    const ChargeColumn* column = find_charge_column(written, request.scope.audience);
    if (column == nullptr) {
      const std::string_view nearest = nearest_charge_column(written, request.scope.audience);
      return Error{ErrorId::kNoSuchColumn, "there is no such column", excerpt(written),
                   "a column of charges was expected",
                   nearest.empty() ? "see which columns there are: " + step(Step::kListColumns)
                                   : fmt::format("did you mean {}?", nearest)};
    }
    const bool is_known = column->name == "BillingCurrency" || std::ranges::find(names, column->name) != names.end();
    if (!is_known) names.emplace_back(column->name);
  }
  if (request.by.empty()) names.assign(kTellingColumns.begin(), kTellingColumns.end());
  return names;
}

std::string rules_text(const std::optional<Split>& split) {
  if (!split) return "no split";
  const auto version = split->version_of(DocumentKind::kRules);
  return version ? fmt::format("version {} of the rules", version->raw()) : "implied rules only";
}

class ChangeReport {
 public:
  ChangeReport(LakeReader& reader, const ChangeRequest& request)
      : reader_(reader),
        control_plane_(reader.control_plane()),
        request_(request),
        is_partner_(request.scope.is_partner()) {
    metrics_ = find_charge_column("BilledCost", request.scope.audience) == nullptr
                   ? std::vector<std::string>{"ListCost"}
                   : std::vector<std::string>{"BilledCost", "EffectiveCost"};
  }

  Result<Table> run() {
    APPORTION_TRY(plan_columns());
    if (request_.before || request_.after) {
      APPORTION_TRY(require_partner(request_.scope, "chosen charge sets"));
      APPORTION_ASSIGN(const Versions versions, named_versions());
      APPORTION_TRY(compare(versions));
      return std::move(table_);
    }
    APPORTION_ASSIGN(const std::vector<PublishedMonth> months, published_months(control_plane_, request_.scope));
    for (const PublishedMonth& month : months) {
      if (!month.charge_set) continue;
      APPORTION_ASSIGN(const std::optional<PublishedMonth> held, held_beside(month));
      if (held) {
        PublishedMonth in_force = month;
        APPORTION_TRY(add_carried_away(control_plane_, in_force));
        APPORTION_TRY(compare({in_force, *held}));
        continue;
      }
      APPORTION_ASSIGN(const std::optional<PublishedMonth> before, replaced_by(month));
      const auto removal = before ? removal_of(*before) : std::nullopt;
      if (removal) {
        note_removal(month, *removal);
      } else if (before) {
        APPORTION_ASSIGN(const PublishedMonth after, month_with(control_plane_, month.connection, *month.charge_set));
        APPORTION_TRY(compare({*before, after}));
      } else if (is_partner_) {
        table_.notices.push_back(fmt::format("{} {} was published only once, so there is nothing to compare",
                                             month.connection.name, month.month.month.to_string()));
      }
    }
    if (by_lines() && !of_both_.after.empty()) APPORTION_TRY(add_lines(of_both_));
    for (const auto& [month, sums] : of_customers_) add_rows("", month, sums);
    return std::move(table_);
  }

 private:
  bool by_lines() const { return request_.lines || !request_.by.empty(); }

  Result<void> plan_columns() {
    if (by_lines()) {
      APPORTION_ASSIGN(lines_by_, line_columns(request_));
    }
    if (is_partner_) table_.columns.push_back({"Connection"});
    for (const char* name : {"Month", "CustomerId", "CustomerName", "BillingCurrency"})
      table_.columns.push_back({name});
    if (by_lines()) table_.columns.push_back({"Change"});
    for (const std::string& name : lines_by_)
      table_.columns.push_back({name, table_kind(charge_columns()[charge_column_index(name)].type)});
    for (const char* name : {"RowsBefore", "RowsAfter"}) table_.columns.push_back({name, TableKind::kInteger});
    table_.has_totals = !request_.top;  // lines beyond the top are in no sum
    for (const std::string& metric : metrics_) {
      for (const char* side : {"Before", "After", "Difference"})
        table_.columns.push_back({metric + side, TableKind::kMoney});
    }
    if (shows_row_ids()) table_.columns.push_back({"x_RowId", TableKind::kInteger});
    return ok();
  }

  // A line of chosen columns has rows of many charges.
  bool shows_row_ids() const { return by_lines() && request_.by.empty() && is_partner_; }

  // Newer charges that are held and not decided: the partner's business.
  Result<std::optional<PublishedMonth>> held_beside(const PublishedMonth& month) {
    if (!is_partner_) return std::optional<PublishedMonth>();
    APPORTION_ASSIGN(const auto all, control_plane_.held_charges(month.connection.id, month.month.month));
    const auto open = std::ranges::find(all, HoldDecision::kOpen, &HeldCharges::decision);
    if (open == all.end()) return std::optional<PublishedMonth>();
    APPORTION_ASSIGN(const ChargeSet charges, control_plane_.charge_set(open->charge_set));
    APPORTION_ASSIGN(PublishedMonth held, month_with(control_plane_, month.connection, charges));
    table_.notices.push_back(fmt::format(
        "{} {}: `After` is not in force, but has been held since {} ({}); decide on it: {}", month.connection.name,
        month.month.month.to_string(), open->held_at, open->hold.detail, step(Step::kListLateCharges)));
    return std::optional(std::move(held));
  }

  Result<std::optional<PublishedMonth>> replaced_by(const PublishedMonth& month) const {
    APPORTION_ASSIGN(const std::vector<ChargeSet> sets,
                     control_plane_.charge_sets(month.connection.id, month.month.month));
    const auto current = std::ranges::find(sets, month.charge_set->id, &ChargeSet::id);
    if (current == sets.end() || current + 1 == sets.end()) return std::optional<PublishedMonth>();
    APPORTION_ASSIGN(PublishedMonth before, month_with(control_plane_, month.connection, *(current + 1)));
    return std::optional(std::move(before));
  }

  void note_removal(const PublishedMonth& month, const FileRemoval& removal) {
    if (!is_partner_) return;
    table_.notices.push_back(
        fmt::format("{} {}: nothing to compare, since what was published before was removed at {} "
                    "(`lake.keep-superseded-days` was {})",
                    month.connection.name, month.month.month.to_string(), removal.at, removal.kept_days));
  }

  Result<Versions> named_versions() const {
    if (!request_.before || !request_.after) {
      return Error{ErrorId::kComparisonNeedsTwo, "two charge sets are needed for a comparison", "",
                   "only one was named", "name both, or neither"};
    }
    APPORTION_ASSIGN(const ChargeSet before, control_plane_.charge_set(*request_.before));
    APPORTION_ASSIGN(const ChargeSet after, control_plane_.charge_set(*request_.after));
    if (before.connection != after.connection || before.month != after.month) {
      return Error{ErrorId::kChargeSetsNotComparable, "these charge sets cannot be compared",
                   fmt::format("{} and {}", before.id.raw(), after.id.raw()),
                   "they belong to different connections or months",
                   "name two charge sets of one connection and month"};
    }
    APPORTION_ASSIGN(const Connection connection, control_plane_.connection(before.connection));
    APPORTION_ASSIGN(PublishedMonth first, month_with(control_plane_, connection, before));
    APPORTION_ASSIGN(PublishedMonth second, month_with(control_plane_, connection, after));
    return Versions{std::move(first), std::move(second)};
  }

  Result<void> compare(const Versions& versions) {
    if (by_lines()) return compare_by_lines(versions);
    SumsByCustomer of_month;
    SumsByCustomer& sums = is_partner_ ? of_month : of_customers_[versions.after.month.month];
    APPORTION_TRY(add_sums(versions.before, &BeforeAndAfter::before, sums));
    APPORTION_TRY(add_sums(versions.after, &BeforeAndAfter::after, sums));
    if (!is_partner_) return ok();
    add_rows(versions.after.connection.name, versions.after.month.month, sums);
    add_notices(versions);
    return ok();
  }

  // A customer's connections are one to it.
  Result<void> compare_by_lines(const Versions& versions) {
    for (const PublishedMonth* side : {&versions.before, &versions.after}) {
      APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane_, request_.scope, {*side}));
      note_names(snapshot, *side);
    }
    if (is_partner_) {
      APPORTION_TRY(add_lines({request_.scope, {versions.before}, {versions.after}}));
      add_notices(versions);
      return ok();
    }
    of_both_.scope = request_.scope;
    of_both_.before.push_back(versions.before);
    of_both_.after.push_back(versions.after);
    return ok();
  }

  Result<void> add_lines(LineComparison comparison) {
    if (!request_.by.empty()) comparison.by = lines_by_;
    if (!request_.by.empty() && lines_by_.empty()) comparison.by = {"BillingCurrency"};
    APPORTION_TRY(compare_lines(reader_, comparison));
    const std::string connection = is_partner_ ? comparison.after.front().connection.name : std::string();
    std::map<std::string, std::int64_t> shown;
    const std::vector<EngineValue> values{request_.top.value_or(std::numeric_limits<std::int64_t>::max())};
    APPORTION_TRY(reader_.engine().query(line_statement(), values, [&](const EngineRow& row) {
      add_line(connection, row);
      ++shown[std::string(row.text(2))];
      return ok();
    }));
    return reader_.engine().query(sql::kLineChangeCountsSql, {}, [&](const EngineRow& row) {
      const std::int64_t more = row.integer(1) - shown[std::string(row.text(0))];
      if (more > 0)
        table_.notices.push_back(fmt::format("not shown: {} in {}", count_of(more, "more line"), row.text(0)));
      return ok();
    });
  }

  // Month, customer, currency and rows, then what describes the line and its amounts.
  std::string line_statement() const {
    std::vector<std::string> columns{"x_BillMonth", "CustomerId", "BillingCurrency", "RowsBefore", "RowsAfter"};
    std::vector<std::string> order;
    for (const std::string& name : lines_by_) columns.push_back(sql_identifier(name));
    for (const std::string& metric : metrics_) {
      columns.push_back(metric + "_Before");
      columns.push_back(metric + "_After");
      order.push_back(fmt::format("abs({0}_After - {0}_Before) DESC NULLS LAST", metric));
    }
    order.insert(order.end(), columns.begin(), columns.end());
    if (shows_row_ids()) {
      columns.emplace_back("x_RowId");
      order.emplace_back("x_RowId");
    }
    return fmt::format(fmt::runtime(sql::kLineChangeRowsSql),
                       fmt::arg("columns", fmt::format("{}", fmt::join(columns, ", "))),
                       fmt::arg("order", fmt::format("{}", fmt::join(order, ", "))));
  }

  void add_line(const std::string& connection, const EngineRow& row) {
    constexpr std::size_t kFirstColumn = 5;
    const std::string customer(row.text(1));
    const std::int64_t before = row.integer(3);
    const std::int64_t after = row.integer(4);
    const auto month = Month::parse(row.text(0));
    APPORTION_CHECK(month, "a bill month is one");
    std::vector<TableCell>& cells = table_.rows.emplace_back();
    if (is_partner_) cells.emplace_back(connection);
    for (const std::string& text :
         {std::string(row.text(0)), customer, name_of(*month, customer), std::string(row.text(2)),
          std::string(before == 0  ? "added"
                      : after == 0 ? "removed"
                                   : "changed")})
      cells.emplace_back(text);
    std::size_t next = kFirstColumn;
    for (const std::string& name : lines_by_)
      cells.push_back(row_cell(row, next++, table_kind(charge_columns()[charge_column_index(name)].type)));
    cells.emplace_back(before);
    cells.emplace_back(after);
    for (std::size_t i = 0; i < metrics_.size(); ++i, next += 2) {
      cells.push_back(row_cell(row, next, TableKind::kMoney));
      cells.push_back(row_cell(row, next + 1, TableKind::kMoney));
      const bool is_known = !row.is_null(next) && !row.is_null(next + 1);
      cells.push_back(cell_of(is_known ? std::optional(row.decimal(next + 1) - row.decimal(next)) : std::nullopt));
    }
    if (shows_row_ids()) cells.push_back(row_cell(row, next, TableKind::kInteger));
  }

  Result<void> add_sums(const PublishedMonth& month, Sums BeforeAndAfter::*side, SumsByCustomer& sums) {
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane_, request_.scope, {month}));
    APPORTION_TRY(reader_.open_relations(snapshot));
    note_names(snapshot, month);
    std::vector<std::string> columns;
    for (const std::string& metric : metrics_) columns.push_back(fmt::format("sum({})", metric));
    const std::string statement =
        fmt::format(fmt::runtime(sql::kChangeSumsSql), fmt::arg("sums", fmt::join(columns, ", ")));
    return reader_.engine().query(statement, {}, [&](const EngineRow& row) {
      Sums of_row{row.integer(2), {}};
      for (std::size_t i = 0; i < metrics_.size(); ++i) {
        of_row.amounts.push_back(decimal_at(row, 3 + i));
      }
      add_amounts(sums[{std::string(row.text(0)), std::string(row.text(1))}].*side, of_row);
      return ok();
    });
  }

  // A locked month shows its customers as they were called when it was locked.
  void note_names(const Snapshot& snapshot, const PublishedMonth& month) {
    const std::int64_t names = snapshot.names_of(month);
    std::map<std::string, std::string>& of_month = names_[month.month.month];
    of_month.clear();
    for (const Customer& customer : snapshot.customers()) of_month[customer.id.raw()] = customer.name;
    if (names == 0) return;
    for (const LockedCustomer& customer : *snapshot.locked_names()[static_cast<std::size_t>(names - 1)])
      of_month[customer.id.raw()] = customer.name;
  }

  void add_rows(const std::string& connection, Month month, const SumsByCustomer& sums) {
    for (const auto& [key, both] : sums) {
      if (request_.only_differences && both.before == both.after) continue;
      add_row(connection, month, key, both);
    }
  }

  void add_row(const std::string& connection, Month month, const CustomerAndCurrency& key, const BeforeAndAfter& both) {
    const auto& [customer, currency] = key;
    std::vector<TableCell>& cells = table_.rows.emplace_back();
    if (is_partner_) cells.emplace_back(connection);
    for (const std::string& text : {month.to_string(), customer, name_of(month, customer), currency})
      cells.emplace_back(text);
    cells.emplace_back(both.before.rows);
    cells.emplace_back(both.after.rows);
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      const std::optional<Decimal> before = amount_of(both.before, i);
      const std::optional<Decimal> after = amount_of(both.after, i);
      cells.push_back(cell_of(before));
      cells.push_back(cell_of(after));
      cells.push_back(cell_of(before && after ? std::optional(*after - *before) : std::nullopt));
    }
  }

  std::string name_of(Month month, const std::string& customer) {
    const auto& names = names_[month];
    const auto name = names.find(customer);
    return name == names.end() ? customer : name->second;
  }

  void add_notices(const Versions& versions) {
    const auto& [before, after] = versions;
    const std::string month = fmt::format("{} {}", after.connection.name, after.month.month.to_string());
    table_.notices.push_back(fmt::format("{}: charge set {} compared with {}", month, after.charge_set->id.raw(),
                                         before.charge_set->id.raw()));
    const std::string rules_before = rules_text(before.split);
    const std::string rules_after = rules_text(after.split);
    if (rules_before == rules_after) return;
    table_.notices.push_back(fmt::format("{}: the split changed too, from {} to {}", month, rules_before, rules_after));
  }

  LakeReader& reader_;
  const ControlPlane& control_plane_;
  const ChangeRequest& request_;
  bool is_partner_;
  std::vector<std::string> metrics_;
  std::map<Month, std::map<std::string, std::string>> names_;  // by customer id
  std::map<Month, SumsByCustomer> of_customers_;               // all connections together; not for the partner
  std::vector<std::string> lines_by_;                          // columns that describe a line
  LineComparison of_both_;                                     // all connections together; not for the partner
  Table table_;
};

}  // namespace

Result<Table> change_report(LakeReader& reader, const ChangeRequest& request) {
  return ChangeReport(reader, request).run();
}

}  // namespace apportion
