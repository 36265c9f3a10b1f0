#include "query/change_report.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "query/change_sums.sql.h"
#include "query/published_view_internal.h"

namespace apportion {
namespace {

struct Sums {
  std::int64_t rows = 0;
  Decimal billed;
  Decimal effective;

  friend bool operator==(const Sums&, const Sums&) = default;
};

using CustomerAndCurrency = std::pair<std::string, std::string>;

struct BeforeAndAfter {
  Sums before;
  Sums after;
};

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
  ChangeReport(Engine& engine, const ControlPlane& control_plane, const std::filesystem::path& lake,
               const ChangeRequest& request)
      : engine_(engine), control_plane_(control_plane), lake_(lake), request_(request) {
    table_.columns = {{"Connection", TableKind::kText},
                      {"Month", TableKind::kText},
                      {"CustomerId", TableKind::kText},
                      {"CustomerName", TableKind::kText},
                      {"BillingCurrency", TableKind::kText},
                      {"RowsBefore", TableKind::kInteger},
                      {"RowsAfter", TableKind::kInteger},
                      {"BilledCostBefore", TableKind::kDecimal},
                      {"BilledCostAfter", TableKind::kDecimal},
                      {"BilledCostDifference", TableKind::kDecimal},
                      {"EffectiveCostBefore", TableKind::kDecimal},
                      {"EffectiveCostAfter", TableKind::kDecimal},
                      {"EffectiveCostDifference", TableKind::kDecimal}};
  }

  Result<Table> run() {
    APPORTION_TRY(load_names());
    if (request_.before || request_.after) {
      APPORTION_ASSIGN(const Versions versions, named_versions());
      APPORTION_TRY(compare(versions));
      return std::move(table_);
    }
    APPORTION_ASSIGN(const std::vector<PublishedMonth> months, published_months(control_plane_, request_.scope));
    for (const PublishedMonth& month : months) {
      if (!month.charge_set) continue;
      APPORTION_ASSIGN(const std::optional<PublishedMonth> before, replaced_by(month));
      if (before) {
        APPORTION_ASSIGN(const PublishedMonth after, month_with(control_plane_, month.connection, *month.charge_set));
        APPORTION_TRY(compare({*before, after}));
      } else {
        table_.notices.push_back(fmt::format("{} {} was published once: nothing to compare", month.connection.name,
                                             month.month.month.to_string()));
      }
    }
    return std::move(table_);
  }

 private:
  Result<void> load_names() {
    APPORTION_ASSIGN(const std::vector<Customer> customers, control_plane_.customers());
    for (const Customer& customer : customers) names_.emplace(customer.id.raw(), customer.name);
    return ok();
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
      return Error{ErrorCode::kUsage, "two charge sets are needed for a comparison", "", "only one was named",
                   "name both, or none"};
    }
    APPORTION_ASSIGN(const ChargeSet before, control_plane_.charge_set(*request_.before));
    APPORTION_ASSIGN(const ChargeSet after, control_plane_.charge_set(*request_.after));
    if (before.connection != after.connection || before.month != after.month) {
      return Error{ErrorCode::kUsage, "these charge sets cannot be compared",
                   fmt::format("{} and {}", before.id.raw(), after.id.raw()),
                   "they belong to different connections or months", "name two of one connection and month"};
    }
    APPORTION_ASSIGN(const Connection connection, control_plane_.connection(before.connection));
    APPORTION_ASSIGN(PublishedMonth first, month_with(control_plane_, connection, before));
    APPORTION_ASSIGN(PublishedMonth second, month_with(control_plane_, connection, after));
    return Versions{std::move(first), std::move(second)};
  }

  Result<void> compare(const Versions& versions) {
    std::map<CustomerAndCurrency, BeforeAndAfter> sums;
    APPORTION_TRY(add_sums(versions.before, &BeforeAndAfter::before, sums));
    APPORTION_TRY(add_sums(versions.after, &BeforeAndAfter::after, sums));
    for (const auto& [key, both] : sums) {
      if (request_.only_differences && both.before == both.after) continue;
      add_row(versions.after, key, both);
    }
    add_notices(versions);
    return ok();
  }

  Result<void> add_sums(const PublishedMonth& month, Sums BeforeAndAfter::*side,
                        std::map<CustomerAndCurrency, BeforeAndAfter>& sums) {
    APPORTION_TRY(open_relations(engine_, control_plane_, lake_, std::span(&month, 1)));
    return engine_.query(sql::kChangeSumsSql, {}, [&](const EngineRow& row) {
      sums[{std::string(row.text(0)), std::string(row.text(1))}].*
          side = {row.integer(2), row.decimal(3), row.decimal(4)};
      return ok();
    });
  }

  void add_row(const PublishedMonth& month, const CustomerAndCurrency& key, const BeforeAndAfter& both) {
    const auto& [customer, currency] = key;
    const auto name = names_.find(customer);
    table_.rows.push_back({month.connection.name, month.month.month.to_string(), customer,
                           name == names_.end() ? customer : name->second, currency, both.before.rows, both.after.rows,
                           both.before.billed, both.after.billed, both.after.billed - both.before.billed,
                           both.before.effective, both.after.effective, both.after.effective - both.before.effective});
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
  const std::filesystem::path& lake_;
  const ChangeRequest& request_;
  std::map<std::string, std::string> names_;  // by customer id
  Table table_;
};

}  // namespace

Result<Table> change_report(Engine& engine, const ControlPlane& control_plane, const std::filesystem::path& lake,
                            const ChangeRequest& request) {
  return ChangeReport(engine, control_plane, lake, request).run();
}

}  // namespace apportion
