#include "query/twice_counted.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "lake/snapshot.h"

namespace apportion {
namespace {

using Pair = std::pair<std::string, std::string>;  // names of connections, in order

// Adds the pairs that the imports of one connection's charges of a month name.
Result<void> add_pairs(const ControlPlane& control_plane, const Connection& connection, const BillMonth& month,
                       const std::map<ConnectionId, Connection>& connections, std::map<Pair, std::string>& pairs) {
  if (!month.charge_set) return ok();
  APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(*month.charge_set));
  for (const ImportId id : charges.imports) {
    APPORTION_ASSIGN(const Import import, control_plane.import(id));
    for (const ImportOverlap& overlap : import.overlaps) {
      const auto other = connections.find(overlap.connection);
      if (other == connections.end()) continue;
      pairs.try_emplace(std::minmax(connection.name, other->second.name), overlap.why);
    }
  }
  return ok();
}

}  // namespace

Result<std::vector<std::string>> costs_that_count_twice(const ControlPlane& control_plane, const ReadScope& scope) {
  if (!scope.is_partner()) return std::vector<std::string>();
  APPORTION_ASSIGN(const auto all, control_plane.connections());
  if (all.size() < 2) return std::vector<std::string>();
  std::map<ConnectionId, Connection> connections;
  for (const Connection& connection : all) connections.emplace(connection.id, connection);
  std::map<Month, std::map<Pair, std::string>> pairs;
  std::map<Month, std::set<std::string>> asked_for;
  APPORTION_ASSIGN(const auto months, published_months(control_plane, scope));
  for (const PublishedMonth& month : months) {
    if (month.charge_set) asked_for[month.month.month].insert(month.connection.name);
  }
  for (const auto& [month, names] : asked_for) {
    for (const Connection& connection : all) {
      APPORTION_ASSIGN(const auto bill_month, control_plane.bill_month(connection.id, month));
      if (bill_month) APPORTION_TRY(add_pairs(control_plane, connection, *bill_month, connections, pairs[month]));
    }
  }
  std::vector<std::string> notes;
  for (const auto& [month, found] : pairs) {
    for (const auto& [pair, why] : found) {
      const std::set<std::string>& names = asked_for[month];
      if (!names.contains(pair.first) && !names.contains(pair.second)) continue;
      notes.push_back(fmt::format("{}: connections {} and {} hold the same costs, which count twice ({})",
                                  month.to_string(), pair.first, pair.second, why));
    }
  }
  return notes;
}

}  // namespace apportion
