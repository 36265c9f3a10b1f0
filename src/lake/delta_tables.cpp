#include "lake/delta_tables.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "lake/column_lists.h"
#include "lake/cubes.h"
#include "lake/delta_log.h"
#include "lake/delta_relations.h"
#include "lake/filled_price_columns.h"
#include "lake/snapshot.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMonth = "x_BillMonth";
constexpr std::string_view kConnection = "x_Connection";
constexpr std::string_view kCarriedFrom = "x_CarriedFrom";

// What a table should show.
struct Table {
  std::string name;
  std::string columns;
  std::vector<std::string> partition_columns;
  DeltaFiles files = {};
  std::map<std::string, std::string> sources = {};  // paths in the lake, by path in the table
};

std::string cube_columns(const CubeDefinition& cube) {
  std::string columns;
  const auto add = [&columns](std::string_view name, std::string_view type) {
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", name, type);
  };
  constexpr auto kCounts =
      std::to_array<std::string_view>({"x_ListCostIsFilled", "x_ContractedCostIsFilled", "x_Rows"});
  for (const std::string_view name : cell_columns(cube)) {
    const bool is_count = std::ranges::find(kCounts, name) != kCounts.end();
    add(name, is_count ? "BIGINT" : name == "ChargePeriodStart" ? "DATE" : "VARCHAR");
  }
  if (cube.has_rule) add("x_RuleNumber", "BIGINT");
  for (const std::string_view cost : cost_metrics()) add(cost, "DECIMAL(38,18)");
  return columns;
}

std::string cube_columns_of(LakeContent content) {
  const auto cubes = cube_definitions();
  return cube_columns(*std::ranges::find(cubes, content, &CubeDefinition::content));
}

void add_file(Table& table, const LakeFile& file, const std::map<std::string, std::string>& partition) {
  const std::string path = file.path.substr(file.path.find('/') + 1);  // below the folder of its role
  table.files[path] = DeltaFile{file.bytes, file.rows, partition};
  table.sources[path] = file.path;
}

// The tables of what `Owner` names the files of.
template <class Owner>
struct TableOf {
  std::string_view name;
  std::vector<LakeFile> Owner::*files;
  std::string (*columns)();
};
constexpr auto kOfCharges = std::to_array<TableOf<ChargeSet>>(
    {{"charges", &ChargeSet::files, charge_columns_sql},
     {"filled_prices", &ChargeSet::filled_files, [] { return std::string(kFilledPriceColumns); }}});
constexpr auto kOfSplit = std::to_array<TableOf<Split>>(
    {{"direct_assignments", &Split::direct_files, [] { return std::string(kDirectAssignmentColumns); }},
     {"share_assignments", &Split::share_files, [] { return std::string(kShareAssignmentColumns); }},
     {"move_assignments", &Split::move_files, [] { return std::string(kShareAssignmentColumns); }},
     {"month_cube", &Split::month_cube_files, [] { return cube_columns_of(LakeContent::kMonthCube); }},
     {"day_cube", &Split::day_cube_files, [] { return cube_columns_of(LakeContent::kDayCube); }},
     {"tag_cube", &Split::tag_cube_files, [] { return cube_columns_of(LakeContent::kTagCube); }},
     {"day_totals", &Split::day_total_files, [] { return cube_columns_of(LakeContent::kDayTotals); }}});
static_assert(kOfCharges.size() == kChargeSetDatasets.size() && kOfSplit.size() == kSplitDatasets.size(),
              "each dataset is a table");
constexpr std::string_view kCarriedChanges = "carried_changes";

std::vector<Table> empty_tables() {
  std::vector<Table> tables;
  const auto add = [&tables](std::string_view name, std::string columns) {
    Table& table = tables.emplace_back();
    table.name = name;
    table.columns = std::move(columns);
    table.partition_columns.emplace_back(kMonth);
    table.partition_columns.emplace_back(kConnection);
  };
  for (const auto& of : kOfCharges) add(of.name, of.columns());
  for (const auto& of : kOfSplit) add(of.name, of.columns());
  add(kCarriedChanges, carried_columns_sql());
  tables.back().partition_columns.emplace_back(kCarriedFrom);
  return tables;
}

Table& table_named(std::vector<Table>& tables, std::string_view name) {
  const auto found = std::ranges::find(tables, name, &Table::name);
  APPORTION_CHECK(found != tables.end(), "no such table");
  return *found;
}

void add_month(std::vector<Table>& tables, const PublishedMonth& month) {
  std::map<std::string, std::string> partition{{std::string(kConnection), month.connection.name},
                                               {std::string(kMonth), month.month.month.to_string()}};
  const auto add = [&](std::string_view table, const LakeFile& file) {
    add_file(table_named(tables, table), file, partition);
  };
  if (month.charge_set) {
    for (const auto& of : kOfCharges) {
      for (const LakeFile& file : (*month.charge_set).*of.files) add(of.name, file);
    }
  }
  if (month.charge_set && month.split) {
    for (const auto& of : kOfSplit) {
      for (const LakeFile& file : (*month.split).*of.files) add(of.name, file);
    }
  }
  for (const Carry& carry : month.carried) {
    partition[std::string(kCarriedFrom)] = carry.from.to_string();
    if (!carry.file.path.empty()) add(kCarriedChanges, carry.file);
  }
}

Result<std::vector<Table>> published_tables(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(auto months, published_months(control_plane, ReadScope::of_partner()));
  APPORTION_TRY(add_carried(control_plane, months));
  std::vector<Table> tables = empty_tables();
  for (const PublishedMonth& month : months) add_month(tables, month);
  return tables;
}

fs::path folder_of_tables(const Home& home) { return home.folder() / "delta"; }

// Whether the path is another name of the file itself, not of one that was there before or was copied.
bool is_link_to(const fs::path& link, const fs::path& file) {
  std::error_code failure;
  return fs::equivalent(link, file, failure) && !failure;
}

Result<void> link_file(const fs::path& file, const fs::path& link) {
  if (is_link_to(link, file)) return ok();
  APPORTION_TRY(make_folder(link.parent_path()));
  std::error_code failure;
  fs::remove(link, failure);
  fs::create_hard_link(file, link, failure);
  if (failure == std::errc::cross_device_link) fs::create_symlink(file, link, failure);
  if (failure) return file_error("cannot link a file of the lake into a Delta table", link, failure.value());
  return sync_to_disk(link.parent_path());
}

Result<void> link_files(const Home& home, const Table& table, const fs::path& folder) {
  for (const auto& [path, source] : table.sources) APPORTION_TRY(link_file(home.lake() / source, folder / path));
  return ok();
}

bool has_its_links(const Home& home, const Table& table, const fs::path& folder) {
  return std::ranges::all_of(table.sources, [&](const auto& source) {
    return is_link_to(folder / source.first, home.lake() / source.second);
  });
}

DeltaState state_of(const Table& table, std::string table_id) {
  return {std::move(table_id), delta_schema(table.columns, table.partition_columns), table.partition_columns,
          table.files};
}

bool shows(const DeltaState& state, const Table& table) {
  const DeltaState wanted = state_of(table, state.table_id);
  return state.schema == wanted.schema && state.partition_columns == wanted.partition_columns &&
         state.files == wanted.files;
}

// Brings the tables of a home to what is published.
class Publisher {
 public:
  Publisher(const Home& home, std::string_view now, const DeltaCheckpointMaker& make_checkpoint,
            std::set<std::string> kept)
      : home_(home), now_(now), make_checkpoint_(make_checkpoint), kept_(std::move(kept)) {}

  Result<void> publish(const Table& table, DeltaWay way) {
    const fs::path folder = folder_of_tables(home_) / table.name;
    APPORTION_ASSIGN(const auto state, read_delta_log(folder));
    if (!state && table.files.empty() && way == DeltaWay::kCommits && !is_there(folder)) return ok();
    if (way == DeltaWay::kAnew || !state) return make_anew(table, folder);
    DeltaState now = state_of(table, state->table_id);
    now.version = state->version;
    APPORTION_TRY(shows(*state, table) ? keep_up(table, folder) : commit(table, folder, *state, now));
    if (now.version - state->checkpoint < kDeltaCheckpointEvery) return ok();
    return write_delta_checkpoint(folder, now, now_, make_checkpoint_);
  }

  std::vector<DeltaChange> changes() && { return std::move(changes_); }

 private:
  static bool is_there(const fs::path& folder) {
    std::error_code failure;
    return fs::exists(fs::symlink_status(folder, failure));
  }

  Result<void> commit(const Table& table, const fs::path& folder, const DeltaState& before, DeltaState& after) {
    APPORTION_TRY(link_files(home_, table, folder));
    after.version = before.version + 1;
    APPORTION_TRY(write_delta_commit(folder, after.version, delta_commit(before, after, now_)));
    changes_.push_back({table.name, after.version, std::ssize(table.files)});
    return remove_unkept(table, folder);
  }

  Result<void> keep_up(const Table& table, const fs::path& folder) {
    APPORTION_TRY(link_files(home_, table, folder));
    return remove_unkept(table, folder);
  }

  // Beside the old table, which takes its place at the end: readers see the old one, for a moment none, or the new one.
  Result<void> make_anew(const Table& table, const fs::path& folder) {
    const fs::path fresh = folder.string() + ".new";
    const fs::path old = folder.string() + ".old";
    for (const fs::path& left : {fresh, old}) APPORTION_TRY(remove_whole(left));
    APPORTION_TRY(make_folder(fresh));
    APPORTION_TRY(link_files(home_, table, fresh));
    APPORTION_TRY(write_delta_commit(fresh, 0, delta_commit({}, state_of(table, random_guid()), now_)));
    if (is_there(folder)) APPORTION_TRY(rename(folder, old));
    APPORTION_TRY(rename(fresh, folder));
    APPORTION_TRY(sync_to_disk(folder.parent_path()));
    changes_.push_back({table.name, 0, std::ssize(table.files)});
    return remove_whole(old);
  }

  static Result<void> rename(const fs::path& from, const fs::path& to) {
    std::error_code failure;
    fs::rename(from, to, failure);
    if (failure) return file_error("cannot put a Delta table into place", to, failure.value());
    return ok();
  }

  static Result<void> remove_whole(const fs::path& folder) {
    std::error_code failure;
    fs::remove_all(folder, failure);
    if (failure) return file_error("cannot remove the old Delta table", folder, failure.value());
    return ok();
  }

  // The lake's file is gone, or about to be: its other name must not keep its rows.
  Result<void> remove_unkept(const Table& table, const fs::path& folder) const {
    std::vector<fs::path> links;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
      if (at.depth() == 0 && at->path().filename() == kDeltaLogFolder) at.disable_recursion_pending();
      const std::string path = at->path().lexically_relative(folder).generic_string();
      const bool is_link = at->path().extension() == ".parquet" && !at->is_directory(failure);
      if (is_link && !table.files.contains(path) && !kept_.contains(path)) links.push_back(at->path());
    }
    if (failure) return file_error("cannot read the folder", folder, failure.value());
    for (const fs::path& link : links) {
      fs::remove(link, failure);
      if (failure) return file_error("cannot remove a file of a Delta table", link, failure.value());
      fs::path above = link.parent_path();
      while (above != folder && fs::remove(above, failure)) above = above.parent_path();
    }
    return ok();
  }

  const Home& home_;
  std::string_view now_;
  const DeltaCheckpointMaker& make_checkpoint_;
  std::set<std::string> kept_;  // below the folder of their role
  std::vector<DeltaChange> changes_;
};

// The names in `name type` pairs of SQL: a type has no blank in it.
std::vector<std::string> names_in(std::string_view columns) {
  std::vector<std::string> names;
  bool is_name = true;
  for (const std::string_view part : split_text(columns, ' ')) {
    if (is_name) names.emplace_back(part);
    is_name = !is_name;
  }
  return names;
}

}  // namespace

Result<std::vector<ReadableDeltaTable>> readable_delta_tables(const Home& home, const ControlPlane& control_plane) {
  APPORTION_ASSIGN(std::vector<Table> tables, published_tables(control_plane));
  std::vector<ReadableDeltaTable> readable;
  for (Table& table : tables) {
    if (table.files.empty()) continue;
    const fs::path folder = folder_of_tables(home) / table.name;
    APPORTION_ASSIGN(const auto state, read_delta_log(folder));
    if (!state || !shows(*state, table) || !has_its_links(home, table, folder)) {
      return Error{ErrorId::kDeltaTablesStale, "the Delta tables do not show what is published", folder.string(),
                   "another command is publishing, or could not finish",
                   "if no other command is publishing, make them again: " + step(Step::kPublishDeltaTables)};
    }
    readable.push_back({table.name, names_in(table.columns), state->version, std::move(table.files),
                        std::move(table.sources), folder});
  }
  return readable;
}

Result<std::vector<DeltaChange>> publish_delta_tables(const Home& home, const ControlPlane& control_plane,
                                                      std::string_view now, DeltaWay way,
                                                      const DeltaCheckpointMaker& make_checkpoint,
                                                      const FileLock& /*held*/) {
  APPORTION_ASSIGN(const std::vector<Table> tables, published_tables(control_plane));
  APPORTION_ASSIGN(const auto files, control_plane.known_lake_files());
  std::set<std::string> kept;
  for (const LakeFile& file : files) kept.insert(file.path.substr(file.path.find('/') + 1));
  Publisher publisher(home, now, make_checkpoint, std::move(kept));
  for (const Table& table : tables) APPORTION_TRY(publisher.publish(table, way));
  return std::move(publisher).changes();
}

Result<std::vector<std::string>> differing_delta_tables(const Home& home, const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const std::vector<Table> tables, published_tables(control_plane));
  std::vector<std::string> differing;
  for (const Table& table : tables) {
    const fs::path folder = folder_of_tables(home) / table.name;
    APPORTION_ASSIGN(const auto state, read_delta_log(folder));
    const bool is_right = state ? shows(*state, table) && has_its_links(home, table, folder) : table.files.empty();
    if (!is_right) differing.push_back(table.name);
  }
  return differing;
}

}  // namespace apportion
