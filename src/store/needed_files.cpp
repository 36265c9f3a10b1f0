#include "store/needed_files_internal.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/control_plane_internal.h"
#include "store/live_import.h"

namespace apportion {
namespace {

// Charge sets and splits that are in force or may come in force, and the imports that they are made of.
constexpr const char* kNeeded = R"(
  WITH undecided AS (SELECT charge_set_id, split_id FROM held_charges WHERE decision IN ('open', 'left', 'carried')),
  sets (id) AS (
    SELECT charge_set_id FROM bill_month WHERE charge_set_id IS NOT NULL
    UNION SELECT charge_set_id FROM undecided
  ),
  splits (id) AS (
    SELECT split_id FROM bill_month WHERE split_id IS NOT NULL
    UNION SELECT split_id FROM undecided
  ),
  imports (id) AS (
    SELECT import_id FROM charge_set_import WHERE charge_set_id IN (SELECT id FROM sets)
    UNION SELECT import_id FROM charge_set_price_sheet WHERE charge_set_id IN (SELECT id FROM sets)
  ))";

constexpr const char* kNeededImports = " SELECT id FROM imports";

constexpr const char* kNeededPaths = R"(
  SELECT path FROM charge_set_file WHERE charge_set_id IN (SELECT id FROM sets)
  UNION SELECT path FROM charge_set_filled_file WHERE charge_set_id IN (SELECT id FROM sets)
  UNION SELECT path FROM split_file WHERE split_id IN (SELECT id FROM splits)
  UNION SELECT path FROM carry WHERE undone_at = ''
  UNION SELECT path FROM import_file WHERE import_id IN (SELECT value FROM json_each(?)))";

using ImportIds = std::set<ImportId>;

// The imports in force of each dataset.
std::vector<Import> in_force(const std::vector<Import>& imports) {
  std::vector<Import> found = live_price_sheets(imports);
  for (const Dataset dataset : kDatasets) {
    if (dataset == Dataset::kPriceSheet) continue;
    if (auto live = live_import(imports, dataset)) found.push_back(*std::move(live));
  }
  std::ranges::move(live_invoice_imports(imports), std::back_inserter(found));
  return found;
}

// Takes layer after layer of what is in force from the imports of a month: the first one, and each that follows one of
// which an import is needed, may come in force.
void add_within_reach(std::vector<Import> imports, ImportIds& needed) {
  bool is_within_reach = true;
  for (int layer = 0; !imports.empty(); ++layer) {
    const std::vector<Import> best = in_force(imports);
    if (best.empty()) return;  // the others are withdrawn
    ImportIds of_layer;
    for (const Import& import : best) of_layer.insert(import.id);
    const bool is_needed = std::ranges::any_of(of_layer, [&](ImportId id) { return needed.contains(id); });
    if (is_within_reach) needed.insert(of_layer.begin(), of_layer.end());
    is_within_reach = layer == 0 || is_needed;
    std::erase_if(imports, [&of_layer](const Import& import) { return of_layer.contains(import.id); });
  }
}

Result<std::map<std::pair<ConnectionId, Month>, std::vector<Import>>> imports_by_month(SqliteDatabase& sqlite) {
  APPORTION_ASSIGN(auto all, imports_without_parts(sqlite));
  std::map<std::pair<ConnectionId, Month>, std::vector<Import>> by_month;
  for (Import& import : all) by_month[{import.connection, import.month}].push_back(std::move(import));
  return by_month;
}

}  // namespace

Result<std::set<std::string>> needed_lake_files(SqliteDatabase& sqlite) {
  APPORTION_ASSIGN(const auto of_charges, read_all(sqlite, fmt::format("{}{}", kNeeded, kNeededImports), {},
                                                   [](RowReader& row) { return ImportId(row.integer()); }));
  ImportIds imports(of_charges.begin(), of_charges.end());
  APPORTION_ASSIGN(auto by_month, imports_by_month(sqlite));
  for (auto& [month, of_month] : by_month) add_within_reach(std::move(of_month), imports);
  std::vector<std::int64_t> ids;
  for (const ImportId id : imports) ids.push_back(id.raw());
  APPORTION_ASSIGN(const auto paths,
                   read_all(sqlite, fmt::format("{}{}", kNeeded, kNeededPaths),
                            {fmt::format("[{}]", fmt::join(ids, ","))}, [](RowReader& row) { return row.text(); }));
  return std::set<std::string>(paths.begin(), paths.end());
}

}  // namespace apportion
