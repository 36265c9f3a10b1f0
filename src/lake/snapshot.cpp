#include "lake/snapshot.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace apportion {
namespace {

// Below the partner's audience a question without customers is of nobody: it sees nothing rather than everything.
Result<void> check_scope(const ReadScope& scope) {
  if (scope.is_partner()) return ok();
  if (!scope.customers) return require_partner(scope, "the costs of all customers");
  if (scope.connection) return require_partner(scope, "the costs of one connection");
  return ok();
}

Result<bool> has_effective_cost(const ControlPlane& control_plane, const ChargeSet& charges) {
  for (const ImportId id : charges.imports) {
    APPORTION_ASSIGN(const Import import, control_plane.import(id));
    if (import.dataset != Dataset::kActualCost) return true;
  }
  return charges.imports.empty();
}

}  // namespace

Result<std::vector<PublishedMonth>> published_months(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_TRY(check_scope(scope));
  std::optional<ConnectionId> only;
  if (scope.connection) {
    APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(*scope.connection));
    only = connection.id;
  }
  APPORTION_ASSIGN(const std::vector<BillMonth> all, control_plane.bill_months());
  std::vector<PublishedMonth> months;
  for (const BillMonth& month : all) {
    if ((only && month.connection != *only) || !scope.has_month(month.month)) continue;
    APPORTION_ASSIGN(Connection connection, control_plane.connection(month.connection));
    PublishedMonth published{std::move(connection), month, std::nullopt, std::nullopt};
    if (month.charge_set) {
      APPORTION_ASSIGN(published.charge_set, control_plane.charge_set(*month.charge_set));
    }
    if (month.split) {
      APPORTION_ASSIGN(published.split, control_plane.split(*month.split));
    }
    months.push_back(std::move(published));
  }
  return months;
}

Result<Snapshot> Snapshot::take(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_ASSIGN(std::vector<PublishedMonth> months, published_months(control_plane, scope));
  return of(control_plane, scope, std::move(months));
}

Result<void> add_carried_away(const ControlPlane& control_plane, PublishedMonth& month) {
  APPORTION_ASSIGN(const std::vector<Carry> carries, control_plane.carries(month.month.connection));
  std::ranges::copy_if(carries, std::back_inserter(month.carried),
                       [&month](const Carry& carry) { return carry.counts() && carry.from == month.month.month; });
  return ok();
}

Result<void> add_carried(const ControlPlane& control_plane, std::vector<PublishedMonth>& months) {
  APPORTION_ASSIGN(const std::vector<Carry> carries, control_plane.carries());
  for (PublishedMonth& month : months) {
    std::ranges::copy_if(carries, std::back_inserter(month.carried), [&month](const Carry& carry) {
      return carry.counts() && carry.connection == month.month.connection && carry.to == month.month.month;
    });
  }
  return ok();
}

namespace {

Result<MonthsInScope> in_scope(const ControlPlane& control_plane, std::vector<PublishedMonth> months) {
  MonthsInScope found{std::move(months)};
  for (const PublishedMonth& month : found.months) {
    if (!month.charge_set) continue;
    APPORTION_ASSIGN(const bool knows, has_effective_cost(control_plane, *month.charge_set));
    if (!knows) found.without_effective_cost.insert(month.charge_set->id);
  }
  return found;
}

// The records of the customers in scope, of all of them by id.
template <class Record>
std::shared_ptr<const std::vector<Record>> in_scope(const ReadScope& scope,
                                                    std::shared_ptr<const std::vector<Record>> all) {
  if (!scope.customers) return all;
  std::vector<Record> of_scope;
  for (const CustomerId& customer : *scope.customers) {
    const auto found = std::ranges::lower_bound(*all, customer, {}, &Record::id);
    if (found != all->end() && found->id == customer) of_scope.push_back(*found);
  }
  return std::make_shared<const std::vector<Record>>(std::move(of_scope));
}

}  // namespace

Result<std::shared_ptr<const MonthsInScope>> months_with_carried(const ControlPlane& control_plane,
                                                                 const ReadScope& scope) {
  APPORTION_TRY(check_scope(scope));
  return control_plane.remembered<MonthsInScope>(scope.key_of_months(), [&]() -> Result<MonthsInScope> {
    APPORTION_ASSIGN(std::vector<PublishedMonth> months, published_months(control_plane, scope));
    APPORTION_TRY(add_carried(control_plane, months));
    return in_scope(control_plane, std::move(months));
  });
}

Result<Snapshot> Snapshot::take_with_carried(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_ASSIGN(auto months, months_with_carried(control_plane, scope));
  return with_customers(control_plane, scope, std::move(months));
}

Result<Snapshot> Snapshot::of(const ControlPlane& control_plane, const ReadScope& scope,
                              std::vector<PublishedMonth> months) {
  APPORTION_TRY(check_scope(scope));
  APPORTION_ASSIGN(MonthsInScope found, in_scope(control_plane, std::move(months)));
  return with_customers(control_plane, scope, std::make_shared<const MonthsInScope>(std::move(found)));
}

Result<Snapshot> Snapshot::with_customers(const ControlPlane& control_plane, const ReadScope& scope,
                                          std::shared_ptr<const MonthsInScope> months) {
  Snapshot snapshot(scope, std::move(months));
  APPORTION_TRY(snapshot.read_customers(control_plane));
  APPORTION_TRY(snapshot.read_locked_names(control_plane));
  return snapshot;
}

Result<void> Snapshot::read_customers(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(auto all, control_plane.remembered<std::vector<Customer>>(
                                 "all", [&control_plane] { return control_plane.customers(); }));
  customers_ = in_scope(scope_, std::move(all));
  return ok();
}

Result<void> Snapshot::read_locked_names(const ControlPlane& control_plane) {
  for (const PublishedMonth& month : months()) {
    if (!month.month.locked) continue;
    const ConnectionId& connection = month.month.connection;
    const Month of = month.month.month;
    APPORTION_ASSIGN(auto all, control_plane.remembered<std::vector<LockedCustomer>>(
                                   fmt::format("{}/{}", connection.raw(), of.to_string()),
                                   [&] { return control_plane.locked_customers(connection, of); }));
    Names names = in_scope(scope_, std::move(all));
    if (names->empty()) continue;
    locked_names_.push_back(std::move(names));
    names_of_month_[{connection, of}] = static_cast<std::int64_t>(locked_names_.size());
  }
  return ok();
}

std::int64_t Snapshot::names_of(const PublishedMonth& month) const {
  const auto found = names_of_month_.find({month.month.connection, month.month.month});
  return found == names_of_month_.end() ? 0 : found->second;
}

}  // namespace apportion
