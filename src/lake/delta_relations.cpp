#include "lake/delta_relations.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/query_engine.h"
#include "foundation/base/next_step.h"

namespace apportion {
namespace {

using Partition = std::map<std::string, std::string>;

std::string condition_of(const Partition& partition) {
  std::vector<std::string> parts;
  for (const auto& [column, value] : partition)
    parts.push_back(fmt::format("{} = {}", sql_identifier(column), sql_literal(value)));
  return fmt::format("({})", fmt::join(parts, " AND "));
}

// Whether the cluster's address of a file is that of a path in the table.
bool leads_to(std::string_view address, std::string_view path) {
  return address.ends_with(path) && address.size() > path.size() && address[address.size() - path.size() - 1] == '/';
}

// Rows of the files of some partitions: of all files of each, or of those that are named.
std::string condition_on(const ReadableDeltaTable& table, std::span<const std::string> paths) {
  std::map<Partition, std::vector<std::string>> wanted;
  for (const std::string& path : paths) wanted[table.files.at(path).partition].push_back(path);
  std::map<Partition, std::size_t> all;
  for (const auto& [path, file] : table.files) ++all[file.partition];
  std::vector<std::string> parts;
  for (const auto& [partition, of_partition] : wanted) {
    std::string part = condition_of(partition);
    if (of_partition.size() != all.at(partition)) {
      std::vector<std::string> ends;
      for (const std::string& path : of_partition)
        ends.push_back(fmt::format("substr(\"$path\", -{}) = {}", path.size() + 1, sql_literal("/" + path)));
      part = fmt::format("({} AND ({}))", part, fmt::join(ends, " OR "));
    }
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, " OR "));
}

}  // namespace

DeltaRelations::DeltaRelations(std::filesystem::path lake, std::vector<ReadableDeltaTable> tables, ClusterPlace place)
    : lake_(std::move(lake)), tables_(std::move(tables)), place_(std::move(place)) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    for (const auto& [path, source] : tables_[i].sources) by_source_[source] = {i, path};
  }
}

std::string DeltaRelations::name_of(const ReadableDeltaTable& table) const {
  return fmt::format("{}.{}.{} FOR VERSION AS OF {}", sql_identifier(place_.catalog), sql_identifier(place_.schema),
                     sql_identifier(table.name), table.version);
}

// A log may have been made anew, or be that of a copy: what counts is which files the cluster reads, and their rows.
Result<void> DeltaRelations::compare(const ReadableDeltaTable& table, const AskEngine& ask) const {
  std::set<std::string> missing;
  for (const auto& [path, file] : table.files) missing.insert(path);
  std::string wrong;
  const std::string question = fmt::format(
      "SELECT \"$path\", \"$file_size\", count(*) FROM {} GROUP BY \"$path\", \"$file_size\"", name_of(table));
  APPORTION_TRY(ask(question, [&](const EngineRow& row) {
    const std::string address(row.text(0));
    const auto found = std::ranges::find_if(table.files, [&](const auto& one) { return leads_to(address, one.first); });
    if (found == table.files.end()) {
      wrong = address + " is not published";
    } else if (found->second.bytes != row.integer(1) || found->second.rows != row.integer(2)) {
      wrong =
          fmt::format("{} has {} rows there, and {} were published", found->first, row.integer(2), found->second.rows);
    } else {
      missing.erase(found->first);
    }
    return ok();
  }));
  // A file without rows is in no group.
  std::erase_if(missing, [&table](const std::string& path) { return table.files.at(path).rows == 0; });
  if (wrong.empty() && !missing.empty()) wrong = *missing.begin() + " is not there";
  if (wrong.empty()) return ok();
  return Error{ErrorId::kClusterTablesDiffer, "a table of the Trino cluster is not what is published",
               fmt::format("{}.{}.{}", place_.catalog, place_.schema, table.name), std::move(wrong),
               "if the folder `delta` of this home was copied, copy it again; if its tables were made again, have the "
               "cluster forget what it remembers of their logs, or register them again, as docs/scale.md says; then "
               "look whether they are there: " + step(Step::kCheckCluster)};
}

Result<std::optional<std::string>> DeltaRelations::rows_of(std::span<const std::filesystem::path> files,
                                                           const AskEngine& ask) {
  std::vector<std::string> paths;
  std::optional<std::size_t> index;
  for (const std::filesystem::path& file : files) {
    const auto found = by_source_.find(file.lexically_relative(lake_).generic_string());
    if (found == by_source_.end() || (index && *index != found->second.table)) return std::optional<std::string>();
    index = found->second.table;
    paths.push_back(found->second.path);
  }
  if (!index) return std::optional<std::string>();
  const ReadableDeltaTable& table = tables_[*index];
  if (!compared_.contains(*index)) {
    APPORTION_TRY(compare(table, ask));
    compared_.insert(*index);
  }
  std::vector<std::string> columns;
  for (const std::string& column : table.columns) columns.push_back(sql_identifier(column));
  return std::optional(fmt::format("(SELECT {} FROM {} WHERE {})", fmt::join(columns, ", "), name_of(table),
                                   condition_on(table, paths)));
}

}  // namespace apportion
