#include "store/tenant_periods.h"

#include <map>
#include <set>

#include <fmt/format.h>

namespace apportion {
namespace {

// The days on which a tenant comes to somebody, of tenants that have such a day.
using Turns = std::map<std::string, std::set<Day>>;

Turns turns_of(std::span<const Customer> customers) {
  Turns turns;
  for (const Customer& customer : customers) {
    for (const DatedTenant& dated : customer.dated_tenants) turns[dated.id].insert(dated.from);
  }
  return turns;
}

// The last day before the turn that follows, if one does.
std::optional<Day> day_before(const std::set<Day>& turns, std::set<Day>::const_iterator turn) {
  return turn == turns.end() ? std::nullopt : std::optional(turn->plus_days(-1));
}

// From the day on which a customer retires, its tenants are nobody's, unless they come to another.
void end_by(Day retired_from, HeldTenants& held) {
  const Day last = retired_from.plus_days(-1);
  for (const std::string& tenant : held.always) held.periods.push_back({tenant, std::nullopt, last});
  held.always.clear();
  for (TenantPeriod& period : held.periods) {
    if (!period.until || *period.until > last) period.until = last;
  }
  std::erase_if(held.periods, [](const TenantPeriod& period) { return period.from && *period.from > *period.until; });
}

}  // namespace

std::vector<HeldTenants> held_tenants(std::span<const Customer> customers) {
  const Turns turns = turns_of(customers);
  std::vector<HeldTenants> all;
  for (const Customer& customer : customers) {
    HeldTenants& held = all.emplace_back();
    for (const std::string& tenant : customer.tenant_ids) {
      const auto found = turns.find(tenant);
      if (found == turns.end()) {
        held.always.push_back(tenant);
      } else {
        held.periods.push_back({tenant, std::nullopt, day_before(found->second, found->second.begin())});
      }
    }
    for (const DatedTenant& dated : customer.dated_tenants) {
      const std::set<Day>& days = turns.at(dated.id);
      held.periods.push_back({dated.id, dated.from, day_before(days, days.upper_bound(dated.from))});
    }
    if (customer.retired_from) end_by(*customer.retired_from, held);
  }
  return all;
}

std::string to_text(const DatedTenant& tenant) { return fmt::format("{}@{}", tenant.id, tenant.from.to_string()); }

}  // namespace apportion
