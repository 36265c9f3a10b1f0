/// Snapshot: what is published, as seen by one question: the months and customers of its scope, and their live files.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "store/control_plane.h"

namespace apportion {

/// The published state of one month, read from the control plane at one moment.
struct PublishedMonth {
  Connection connection;
  BillMonth month;
  std::optional<ChargeSet> charge_set;
  std::optional<Split> split;
  std::vector<Carry> carried = {};  ///< Changes of other months that count in this one.
};

/// The published months in scope, by connection and month. An error when the named connection does not exist, and
/// `kPartnerOnly` if the caller is not the partner and names one: connections are the partner's.
Result<std::vector<PublishedMonth>> published_months(const ControlPlane& control_plane, const ReadScope& scope);

/// Months with what was carried to them.
struct MonthsInScope {
  std::vector<PublishedMonth> months;                 ///< By connection and month.
  std::set<ChargeSetId> without_effective_cost = {};  ///< Charges whose effective cost is unknown.
};

/// `published_months` with what was carried to them, remembered by the control plane.
Result<std::shared_ptr<const MonthsInScope>> months_with_carried(const ControlPlane& control_plane,
                                                                 const ReadScope& scope);

/// Adds to a month what later months count of it: the state that newer charges are compared with.
Result<void> add_carried_away(const ControlPlane& control_plane, PublishedMonth& month);

/// Adds to each month what was carried to it and counts.
Result<void> add_carried(const ControlPlane& control_plane, std::vector<PublishedMonth>& months);

/// Everything that relations are built from. A snapshot contains the scope it was made for: its holder cannot widen it.
/// Immutable; copies share what they hold.
class Snapshot {
 public:
  using Names = std::shared_ptr<const std::vector<LockedCustomer>>;

  /// The published months in scope.
  static Result<Snapshot> take(const ControlPlane& control_plane, const ReadScope& scope);
  /// The same, with what was carried to these months.
  static Result<Snapshot> take_with_carried(const ControlPlane& control_plane, const ReadScope& scope);
  /// Chosen months instead, for example one with charges that have since been replaced.
  static Result<Snapshot> of(const ControlPlane& control_plane, const ReadScope& scope,
                             std::vector<PublishedMonth> months);

  const ReadScope& scope() const { return scope_; }
  const std::vector<PublishedMonth>& months() const { return months_->months; }
  /// Of the scope only, by id, with today's names.
  const std::vector<Customer>& customers() const { return *customers_; }
  /// The names of the scope's customers when a month was locked, one list per locked month.
  const std::vector<Names>& locked_names() const { return locked_names_; }
  /// Which names apply to a month: 0 for today's, n for the n-th list of `locked_names`.
  std::int64_t names_of(const PublishedMonth& month) const;
  /// Whether the charges of a month come from an amortized or FOCUS run. If not, effective costs are unknown.
  bool knows_effective_cost(const PublishedMonth& month) const {
    return !month.charge_set || !months_->without_effective_cost.contains(month.charge_set->id);
  }

 private:
  Snapshot(ReadScope scope, std::shared_ptr<const MonthsInScope> months)
      : scope_(std::move(scope)), months_(std::move(months)) {}
  static Result<Snapshot> with_customers(const ControlPlane& control_plane, const ReadScope& scope,
                                         std::shared_ptr<const MonthsInScope> months);
  Result<void> read_customers(const ControlPlane& control_plane);
  Result<void> read_locked_names(const ControlPlane& control_plane);

  ReadScope scope_;
  std::shared_ptr<const MonthsInScope> months_;
  std::shared_ptr<const std::vector<Customer>> customers_;
  std::vector<Names> locked_names_;
  std::map<std::pair<ConnectionId, Month>, std::int64_t> names_of_month_;  // locked ones only
};

}  // namespace apportion
