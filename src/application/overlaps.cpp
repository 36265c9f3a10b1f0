#include "application/overlaps.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "application/costs_in_common.sql.h"
#include "foundation/base/text.h"
#include "foundation/model/bill_scope.h"
#include "lake/import_rows.h"
#include "lake/lake.h"
#include "lake/relations.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/folder_store.h"
#include "store/live_import.h"

namespace apportion {
namespace {

bool share_a_file(const Import& left, const Import& right) {
  std::set<std::string> hashes;
  for (const SourceFile& file : left.source_files) {
    if (file.rows > 0 && !file.content_hash.empty()) hashes.insert(file.content_hash);
  }
  return std::any_of(right.source_files.begin(), right.source_files.end(),
                     [&hashes](const SourceFile& file) { return file.rows > 0 && hashes.contains(file.content_hash); });
}

std::string why_by_scopes(ScopeRelation relation, const Import& ours, const Import& theirs) {
  if (relation == ScopeRelation::kSame) return fmt::format("both cover {}", theirs.scope);
  const bool is_within = canonical_scope(ours.scope).size() > canonical_scope(theirs.scope).size();
  return fmt::format("{} lies within {}", is_within ? ours.scope : theirs.scope, is_within ? theirs.scope : ours.scope);
}

// Why two imports of a month hold the same costs, without a look at their rows; empty when nothing says so.
std::string why_same(const Import& ours, const Import& theirs) {
  if (ours.verified && theirs.verified && ours.dataset == theirs.dataset && ours.run_id == theirs.run_id)
    return fmt::format("run {} is there too", theirs.run_id);
  if (share_a_file(ours, theirs)) return "a file with identical content is there too";
  const ScopeRelation relation = relate_scopes(ours.scope, theirs.scope);
  const bool is_told = relation == ScopeRelation::kSame || relation == ScopeRelation::kNested;
  return is_told ? why_by_scopes(relation, ours, theirs) : std::string();
}

// Scopes tell neither that two imports share costs nor that they cannot.
bool rows_must_tell(const Import& ours, const Import& theirs) {
  const ScopeRelation relation = relate_scopes(ours.scope, theirs.scope);
  return relation == ScopeRelation::kUnknown || relation == ScopeRelation::kCrossing;
}

Result<std::string> why_same(const Workspace& workspace, std::span<const Import> ours, std::span<const Import> theirs,
                             bool with_rows) {
  std::vector<Import> unclear;
  for (const Import& import : ours) {
    for (const Import& other : theirs) {
      if (std::string why = why_same(import, other); !why.empty()) return why;
      if (rows_must_tell(import, other)) unclear.push_back(other);
    }
  }
  if (!with_rows || unclear.empty()) return std::string();
  APPORTION_ASSIGN(const CommonPayers payers, common_payers(workspace, ours, unclear));
  if (payers.shared == 0) return std::string();
  return fmt::format("it has costs of {} of the same subscriptions or customers, for example {}", payers.shared,
                     payers.a_shared_one);
}

// A location in a form to compare: URLs without query, in lower case up to the container; links of folders resolved.
std::string comparable(const std::string& location) {
  std::string text;
  if (is_blob_location(location)) {
    text = shown_location(location).substr(0, location.find('?'));
    std::string decoded;
    if (undo_percent_encoding(text, decoded)) text = std::move(decoded);
    const std::size_t path = text.find('/', text.find("://") + 3);
    text = ascii_lower(text.substr(0, path)) + (path == std::string::npos ? std::string() : text.substr(path));
    constexpr std::string_view kOtherDoor = ".dfs.";
    if (const auto door = text.find(kOtherDoor); door != std::string::npos && door < path)
      text.replace(door, kOtherDoor.size(), ".blob.");
  } else {
    const auto folder = folder_of_location(location);
    std::error_code failure;
    const auto path = std::filesystem::weakly_canonical(
        std::filesystem::absolute(folder ? *folder : std::filesystem::path(location)), failure);
    text = failure ? location : path.string();
  }
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

bool lie_in_each_other(const std::string& left, const std::string& right) {
  const std::string one = comparable(left);
  const std::string other = comparable(right);
  const auto within = [](const std::string& inner, const std::string& outer) {
    return inner == outer || inner.starts_with(outer.ends_with('/') ? outer : outer + "/");
  };
  return within(one, other) || within(other, one);
}

// What a connection holds: of each month, the imports in force.
struct Holding {
  Connection connection;
  std::map<Month, std::vector<Import>> months;
};

Result<Holding> holding_of(const Workspace& workspace, const Connection& connection) {
  APPORTION_ASSIGN(const auto imports, workspace.control_plane.imports(connection.id));
  std::map<Month, std::vector<Import>> all;
  for (const Import& import : imports) all[import.month].push_back(import);
  Holding holding{connection, {}};
  for (const auto& [month, of_month] : all) holding.months[month] = charges_in_force(of_month);
  return holding;
}

// What of a pair of connections' months holds the same costs.
Result<OverlappingConnections> overlap_of(const Workspace& workspace, const Holding& first, const Holding& second) {
  OverlappingConnections found{first.connection, second.connection, {}, {}};
  for (const auto& [month, ours] : first.months) {
    const auto theirs = second.months.find(month);
    if (theirs == second.months.end()) continue;
    APPORTION_ASSIGN(std::string why, why_same(workspace, ours, theirs->second, true));
    if (why.empty()) continue;
    if (found.months.empty()) found.why = std::move(why);
    found.months.push_back(month);
  }
  if (!found.months.empty()) return found;
  if (const auto taken = taken_location(second.connection, std::span(&first.connection, 1)))
    found.why = fmt::format("both read {}", shown_location(taken->location));
  return found;
}

}  // namespace

Result<CommonPayers> common_payers(const Workspace& workspace, std::span<const Import> ours,
                                   std::span<const Import> theirs) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  const Lake lake(workspace.home);
  APPORTION_TRY(open_rows_of_imports(engine, lake, "our_charges", ours));
  APPORTION_TRY(open_rows_of_imports(engine, lake, "their_charges", theirs));
  CommonPayers payers;
  APPORTION_TRY(engine.query(sql::kCostsInCommonSql, {}, [&payers](const EngineRow& row) {
    payers = {row.integer(0), row.integer(1), std::string(row.text(2)), std::string(row.text(3))};
    return ok();
  }));
  return payers;
}

std::vector<Import> charges_in_force(std::span<const Import> imports) {
  std::vector<Import> in_force;
  for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost, Dataset::kFocusCost}) {
    if (auto live = live_import(imports, dataset)) in_force.push_back(*std::move(live));
  }
  return in_force;
}

Result<std::vector<Overlap>> overlaps_of(const Workspace& workspace, const Import& import, bool with_rows) {
  std::vector<Overlap> overlaps;
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  for (const Connection& connection : connections) {
    if (connection.id == import.connection) continue;
    APPORTION_ASSIGN(const auto theirs, workspace.control_plane.imports(connection.id, import.month));
    APPORTION_ASSIGN(std::string why, why_same(workspace, std::span(&import, 1), charges_in_force(theirs), with_rows));
    if (!why.empty()) overlaps.push_back({connection, std::move(why)});
  }
  return overlaps;
}

std::optional<TakenLocation> taken_location(const Connection& connection, std::span<const Connection> others) {
  for (const Connection& other : others) {
    if (other.id == connection.id) continue;
    for (const auto& [dataset, location] : connection.locations) {
      for (const auto& [other_dataset, other_location] : other.locations) {
        if (location.empty() || !holds_charges(dataset) || !holds_charges(other_dataset)) continue;
        if (lie_in_each_other(location, other_location)) return TakenLocation{other.name, other_location};
      }
    }
  }
  return std::nullopt;
}

Result<std::vector<OverlappingConnections>> find_overlaps(const Workspace& workspace) {
  std::vector<OverlappingConnections> overlaps;
  std::vector<Holding> holdings;
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  for (const Connection& connection : connections) {
    APPORTION_ASSIGN(Holding holding, holding_of(workspace, connection));
    holdings.push_back(std::move(holding));
  }
  for (std::size_t i = 0; i < holdings.size(); ++i) {
    for (std::size_t j = i + 1; j < holdings.size(); ++j) {
      APPORTION_ASSIGN(OverlappingConnections found, overlap_of(workspace, holdings[i], holdings[j]));
      if (!found.why.empty()) overlaps.push_back(std::move(found));
    }
  }
  return overlaps;
}

}  // namespace apportion
