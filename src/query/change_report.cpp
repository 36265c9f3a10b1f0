#include "query/change_report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/model/charge_columns.h"
#include "query/change_sums.sql.h"
#include "query/published_view_internal.h"

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

std::string rules_text(const std::optional<Split>& split) {
  if (!split) return "no split";
  const auto version = split->version_of(DocumentKind::kRules);
  return version ? fmt::format("version {} of the rules", version->raw()) : "implied rules only";
}

class ChangeReport {
 public:
  ChangeReport(Engine& engine, const ControlPlane& control_plane, const Lake& lake, const ChangeRequest& request)
      : engine_(engine),
        control_plane_(control_plane),
        lake_(lake),
        request_(request),
        is_partner_(request.scope.is_partner()) {
    metrics_ = find_charge_column("BilledCost", request.scope.audience) == nullptr
                   ? std::vector<std::string>{"ListCost"}
                   : std::vector<std::string>{"BilledCost", "EffectiveCost"};
    if (is_partner_) table_.columns.push_back({"Connection"});
    for (const char* name : {"Month", "CustomerId", "CustomerName", "BillingCurrency"})
      table_.columns.push_back({name});
    for (const char* name : {"RowsBefore", "RowsAfter"}) table_.columns.push_back({name, TableKind::kInteger});
    table_.has_totals = true;
    for (const std::string& metric : metrics_) {
      for (const char* side : {"Before", "After", "Difference"})
        table_.columns.push_back({metric + side, TableKind::kMoney});
    }
  }

  Result<Table> run() {
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
        APPORTION_TRY(compare({month, *held}));
        continue;
      }
      APPORTION_ASSIGN(const std::optional<PublishedMonth> before, replaced_by(month));
      if (before) {
        APPORTION_ASSIGN(const PublishedMonth after, month_with(control_plane_, month.connection, *month.charge_set));
        APPORTION_TRY(compare({*before, after}));
      } else if (is_partner_) {
        table_.notices.push_back(fmt::format("{} {} was published once: nothing to compare", month.connection.name,
                                             month.month.month.to_string()));
      }
    }
    for (const auto& [month, sums] : of_customers_) add_rows("", month, sums);
    return std::move(table_);
  }

 private:
  // Newer charges that are held and not decided: the partner's business.
  Result<std::optional<PublishedMonth>> held_beside(const PublishedMonth& month) {
    if (!is_partner_) return std::optional<PublishedMonth>();
    APPORTION_ASSIGN(const auto all, control_plane_.held_charges(month.connection.id, month.month.month));
    const auto open = std::ranges::find(all, HoldDecision::kOpen, &HeldCharges::decision);
    if (open == all.end()) return std::optional<PublishedMonth>();
    APPORTION_ASSIGN(const ChargeSet charges, control_plane_.charge_set(open->charge_set));
    APPORTION_ASSIGN(PublishedMonth held, month_with(control_plane_, month.connection, charges));
    table_.notices.push_back(
        fmt::format("{} {}: `After` is not in force, but held since {} ({}): apportion months late",
                    month.connection.name, month.month.month.to_string(), open->held_at, open->hold.detail));
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

  Result<Versions> named_versions() const {
    if (!request_.before || !request_.after) {
      return Error{ErrorId::kComparisonNeedsTwo, "two charge sets are needed for a comparison", "",
                   "only one was named", "name both, or none"};
    }
    APPORTION_ASSIGN(const ChargeSet before, control_plane_.charge_set(*request_.before));
    APPORTION_ASSIGN(const ChargeSet after, control_plane_.charge_set(*request_.after));
    if (before.connection != after.connection || before.month != after.month) {
      return Error{ErrorId::kChargeSetsNotComparable, "these charge sets cannot be compared",
                   fmt::format("{} and {}", before.id.raw(), after.id.raw()),
                   "they belong to different connections or months", "name two of one connection and month"};
    }
    APPORTION_ASSIGN(const Connection connection, control_plane_.connection(before.connection));
    APPORTION_ASSIGN(PublishedMonth first, month_with(control_plane_, connection, before));
    APPORTION_ASSIGN(PublishedMonth second, month_with(control_plane_, connection, after));
    return Versions{std::move(first), std::move(second)};
  }

  Result<void> compare(const Versions& versions) {
    SumsByCustomer of_month;
    SumsByCustomer& sums = is_partner_ ? of_month : of_customers_[versions.after.month.month];
    APPORTION_TRY(add_sums(versions.before, &BeforeAndAfter::before, sums));
    APPORTION_TRY(add_sums(versions.after, &BeforeAndAfter::after, sums));
    if (!is_partner_) return ok();
    add_rows(versions.after.connection.name, versions.after.month.month, sums);
    add_notices(versions);
    return ok();
  }

  Result<void> add_sums(const PublishedMonth& month, Sums BeforeAndAfter::*side, SumsByCustomer& sums) {
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane_, request_.scope, {month}));
    APPORTION_TRY(open_relations(engine_, lake_, snapshot));
    note_names(snapshot, month);
    std::vector<std::string> columns;
    for (const std::string& metric : metrics_) columns.push_back(fmt::format("sum({})", metric));
    const std::string statement =
        fmt::format(fmt::runtime(sql::kChangeSumsSql), fmt::arg("sums", fmt::join(columns, ", ")));
    return engine_.query(statement, {}, [&](const EngineRow& row) {
      Sums of_row{row.integer(2), {}};
      for (std::size_t i = 0; i < metrics_.size(); ++i) {
        of_row.amounts.push_back(row.is_null(3 + i) ? std::nullopt : std::optional(row.decimal(3 + i)));
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
    for (const LockedCustomer& customer : snapshot.locked_names()[static_cast<std::size_t>(names - 1)])
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
    const auto& names = names_[month];
    const auto name = names.find(customer);
    std::vector<TableCell>& cells = table_.rows.emplace_back();
    if (is_partner_) cells.emplace_back(connection);
    for (const std::string& text :
         {month.to_string(), customer, name == names.end() ? customer : name->second, currency})
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

  Engine& engine_;
  const ControlPlane& control_plane_;
  const Lake& lake_;
  const ChangeRequest& request_;
  bool is_partner_;
  std::vector<std::string> metrics_;
  std::map<Month, std::map<std::string, std::string>> names_;  // by customer id
  std::map<Month, SumsByCustomer> of_customers_;               // all connections together; not for the partner
  Table table_;
};

}  // namespace

Result<Table> change_report(Engine& engine, const ControlPlane& control_plane, const Lake& lake,
                            const ChangeRequest& request) {
  return ChangeReport(engine, control_plane, lake, request).run();
}

}  // namespace apportion
