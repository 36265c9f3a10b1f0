#include "query/amount_changes.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/row_values.h"
#include "foundation/model/ids.h"
#include "lake/cubes.h"
#include "pipeline/split/rule_matcher.h"
#include "query/assigned_parts.sql.h"

namespace apportion {
namespace {

using Holder = std::pair<std::string, std::string>;  // customer and currency
using Origin = std::pair<std::string, std::string>;  // rule and tenant

struct PartSides {
  KnownCosts before;
  KnownCosts after;

  KnownCosts difference() const { return after - before; }
};

struct HolderSides {
  PartSides all;
  std::map<Origin, PartSides> parts;
};

Decimal size_of(const std::optional<Decimal>& amount) {
  if (!amount) return {};
  return *amount < Decimal() ? Decimal() - *amount : *amount;
}

// How much a difference is, for ordering: by billed cost, then by effective cost.
std::pair<Decimal, Decimal> size_of(const KnownCosts& difference) {
  return {size_of(difference.billed), size_of(difference.effective)};
}

bool is_loss(const KnownCosts& difference) {
  if (difference.billed && !difference.billed->is_zero()) return *difference.billed < Decimal();
  return difference.effective && *difference.effective < Decimal();
}

std::optional<Decimal> sum_of(const std::optional<Decimal>& left, const std::optional<Decimal>& right) {
  return left && right ? std::optional(*left + *right) : std::nullopt;
}

class MonthComparison {
 public:
  void add(const std::vector<AssignedPart>& parts, KnownCosts PartSides::*side) {
    for (const AssignedPart& part : parts) {
      HolderSides& holder = holders_[{part.customer, part.currency}];
      holder.all.*side += part.costs;
      holder.parts[{part.rule, part.tenant_id}].*side += part.costs;
      std::string& name = tenant_names_[part.tenant_id];
      name = std::max(name, part.tenant_name);
    }
  }

  std::vector<AmountChange> changes(const std::string& connection, Month month, bool other_charges) {
    find_takers();
    std::vector<AmountChange> changes;
    for (const auto& [holder, sides] : holders_) {
      if (sides.all.before == sides.all.after) continue;
      ChangeReason reason;
      reason.by_charges = other_charges;
      if (!other_charges) reason = reason_of(holder, sides);
      changes.push_back(
          {connection, month, holder.first, holder.second, sides.all.before, sides.all.after, std::move(reason)});
    }
    return changes;
  }

 private:
  // The part that changed most. What was lost went to somebody by a rule: that one is the reason, when it is to be
  // found by the tenant.
  ChangeReason reason_of(const Holder& holder, const HolderSides& sides) const {
    const auto most =
        std::ranges::max_element(sides.parts, {}, [](const auto& part) { return size_of(part.second.difference()); });
    const Origin& origin = most->first;
    ChangeReason reason;
    reason.rule = origin.first;
    reason.tenant_id = origin.second;
    if (is_loss(most->second.difference())) {
      const auto taker = takers_.find({origin.second, holder.second});
      if (taker != takers_.end()) reason.rule = taker->second.rule;
    }
    const auto name = tenant_names_.find(reason.tenant_id);
    if (name != tenant_names_.end()) reason.tenant_name = name->second;
    return reason;
  }

  // Who gained most of a tenant.
  void find_takers() {
    for (const auto& [holder, sides] : holders_) {
      for (const auto& [origin, part] : sides.parts) {
        const KnownCosts gain = part.difference();
        if (is_loss(gain) || size_of(gain) <= std::pair<Decimal, Decimal>()) continue;
        Taker& taker = takers_[{origin.second, holder.second}];
        if (size_of(gain) <= taker.gain) continue;
        taker = {origin.first, size_of(gain)};
      }
    }
  }

  struct Taker {
    std::string rule;
    std::pair<Decimal, Decimal> gain;
  };

  std::map<TenantAndCurrency, Taker> takers_;
  std::map<Holder, HolderSides> holders_;
  std::map<std::string, std::string> tenant_names_;
};

bool is_unassigned(const std::string& customer) { return customer == kUnassignedCustomerId; }

}  // namespace

KnownCosts& KnownCosts::operator+=(const KnownCosts& other) {
  billed = sum_of(billed, other.billed);
  effective = sum_of(effective, other.effective);
  return *this;
}

KnownCosts operator-(const KnownCosts& left, const KnownCosts& right) {
  const auto difference = [](const std::optional<Decimal>& one, const std::optional<Decimal>& other) {
    return one && other ? std::optional(*one - *other) : std::nullopt;
  };
  return {difference(left.billed, right.billed), difference(left.effective, right.effective)};
}

void AmountChanges::add_month(const std::string& connection, Month month, const std::vector<AssignedPart>& before,
                              const std::vector<AssignedPart>& after, bool other_charges) {
  ++months;
  MonthComparison comparison;
  comparison.add(before, &PartSides::before);
  comparison.add(after, &PartSides::after);
  std::ranges::move(comparison.changes(connection, month, other_charges), std::back_inserter(customers));
  for (const AssignedPart& part : before) {
    if (is_unassigned(part.customer)) tenants_of_nobody[{part.tenant_id, part.currency}].was_before = true;
  }
  for (const AssignedPart& part : after) {
    if (!is_unassigned(part.customer)) continue;
    TenantOfNobody& tenant = tenants_of_nobody[{part.tenant_id, part.currency}];
    tenant.is_after = true;
    tenant.tenant_name = std::max(tenant.tenant_name, part.tenant_name);
    tenant.costs += part.costs;
  }
}

void AmountChanges::name_customers(const std::vector<Customer>& known) {
  for (const Customer& customer : known) customer_names[customer.id.raw()] = customer.name;
}

std::string AmountChanges::name_of(const std::string& customer) const {
  const auto found = customer_names.find(customer);
  return found == customer_names.end() ? std::string() : found->second;
}

std::vector<UnassignedTenantSum> unassigned_tenants(const AmountChanges& changes) {
  std::vector<UnassignedTenantSum> tenants;
  for (const auto& [key, tenant] : changes.tenants_of_nobody) {
    if (tenant.is_after)
      tenants.push_back({key.first, tenant.tenant_name, key.second, tenant.costs, !tenant.was_before});
  }
  std::ranges::stable_sort(tenants, [](const UnassignedTenantSum& left, const UnassignedTenantSum& right) {
    if (left.currency != right.currency) return left.currency < right.currency;
    return size_of(right.costs) < size_of(left.costs);
  });
  return tenants;
}

std::vector<CustomerChange> changes_by_customer(const AmountChanges& changes) {
  struct Sum {
    CustomerChange change;
    std::pair<Decimal, Decimal> most;
  };
  std::map<Holder, Sum> sums;
  for (const AmountChange& change : changes.customers) {
    Sum& sum = sums[{change.customer, change.currency}];
    sum.change.customer = change.customer;
    sum.change.currency = change.currency;
    sum.change.before += change.before;
    sum.change.after += change.after;
    const auto size = size_of(change.after - change.before);
    if (sum.change.months++ == 0 || size > sum.most) {
      sum.change.reason = change.reason;
      sum.most = size;
    }
  }
  std::vector<CustomerChange> all;
  for (auto& [holder, sum] : sums) all.push_back(std::move(sum.change));
  std::ranges::stable_sort(all, [](const CustomerChange& left, const CustomerChange& right) {
    const auto group = [](const CustomerChange& one) { return std::pair(one.currency, is_unassigned(one.customer)); };
    if (group(left) != group(right)) return group(left) < group(right);
    return size_of(right.after - right.before) < size_of(left.after - left.before);
  });
  return all;
}

std::string carried_rule(std::string_view month) { return fmt::format("carried from {}", month); }

Result<std::vector<std::string>> rule_names_of(const ControlPlane& control_plane, const ReadScope& scope,
                                               const std::optional<Split>& split) {
  APPORTION_TRY(require_partner(scope, "the rules of a split"));
  if (!split) return std::vector<std::string>();
  // One that is about to be published is not in the control plane yet.
  return split->rule_names.empty() ? control_plane.rule_names(split->id) : split->rule_names;
}

std::string told_rule(const std::vector<std::string>& rule_names, std::int64_t number, const std::string& customer) {
  const auto index = static_cast<std::size_t>(number);
  if (number <= 0 || index >= rule_names.size()) return {};
  return rule_names[index] == tenants_rule_name(CustomerId(customer)) ? std::string() : rule_names[index];
}

void read_tenant_and_costs(const EngineRow& row, std::size_t first_column, AssignedPart& part) {
  part.tenant_id = row.text(first_column);
  if (!row.is_null(first_column + 1)) part.tenant_name = row.text(first_column + 1);
  part.rows = row.integer(first_column + 2);
  part.costs.billed = decimal_at(row, first_column + 3);
  part.costs.effective = row.integer(first_column + 5) > 0 ? std::nullopt : decimal_at(row, first_column + 4);
}

namespace {

// Where parts are read from: charges with their customers, or the cells that stand for them.
struct PartSource {
  std::string relation;
  std::string rows = "1";  // that one of it stands for
  std::string effective_cost = "EffectiveCost";
  std::string carried_from = "coalesce(x_CarriedFrom, '')";
};

Result<void> read_parts(QueryEngine& engine, const PartSource& source, const std::vector<std::string>& rule_names,
                        std::vector<AssignedPart>& parts) {
  const std::string statement = fmt::format(
      fmt::runtime(sql::kAssignedPartsSql), fmt::arg("relation", source.relation), fmt::arg("rows", source.rows),
      fmt::arg("effective_cost", source.effective_cost), fmt::arg("carried_from", source.carried_from));
  return engine.query(statement, {}, [&](const EngineRow& row) {
    AssignedPart part;
    part.customer = row.text(0);
    part.currency = text_at(row, 1);
    const std::string_view carried_from = row.text(9);
    if (!carried_from.empty()) {
      part.rule = carried_rule(carried_from);
    } else {
      part.rule = told_rule(rule_names, row.integer(2), part.customer);
    }
    read_tenant_and_costs(row, 3, part);
    parts.push_back(std::move(part));
    return ok();
  });
}

PartSource cells_of_month(std::string_view rows_of_files, bool knows_effective_cost) {
  return {fmt::format("{} cells", rows_of_files), "x_Rows",
          knows_effective_cost ? "EffectiveCost" : "CAST(NULL AS DECIMAL(38,18))", "''"};
}

}  // namespace

// The month cube tells of all that the split assigned; what was carried to the month is in no cube.
Result<std::vector<AssignedPart>> assigned_parts(LakeReader& reader, const ReadScope& scope,
                                                 const PublishedMonth& month) {
  APPORTION_TRY(require_partner(scope, "what customers have of a month"));
  APPORTION_ASSIGN(Snapshot snapshot, Snapshot::of(reader.control_plane(), scope, {month}));
  APPORTION_ASSIGN(const auto rule_names, rule_names_of(reader.control_plane(), scope, month.split));
  std::vector<AssignedPart> parts;
  if (cells_tell_rules(month.split)) {
    APPORTION_ASSIGN(const std::string cells, reader.lake().rows_of(reader.scratch(), month.split->month_cube_files));
    APPORTION_TRY(
        read_parts(reader.engine(), cells_of_month(cells, snapshot.knows_effective_cost(month)), rule_names, parts));
    if (month.carried.empty()) return parts;
    PublishedMonth only_carried = month;
    only_carried.charge_set.reset();
    only_carried.split.reset();
    APPORTION_ASSIGN(snapshot, Snapshot::of(reader.control_plane(), scope, {only_carried}));
  }
  APPORTION_TRY(reader.open_relations(snapshot));
  APPORTION_TRY(read_parts(reader.engine(), {"assigned_charges"}, rule_names, parts));
  return parts;
}

}  // namespace apportion
