/// The lake's files as rows of its Delta tables, for an engine that reads those: a Trino cluster.
///
/// Files are named as the Lake does. What is asked of a table is pinned to the version that its log had when it was
/// found to show what is published: what is published meanwhile does not come into an answer that began before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/file_tables.h"
#include "foundation/base/result.h"
#include "lake/delta_log.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// A table as its log shows it, which is what is published.
struct ReadableDeltaTable {
  std::string name;
  std::vector<std::string> columns;            ///< Of its files: without those of partitions.
  std::int64_t version = 0;                    ///< Of the last commit.
  DeltaFiles files;                            ///< By path in the table.
  std::map<std::string, std::string> sources;  ///< Paths in the lake, by path in the table.
  std::filesystem::path folder{};              ///< Of the table, in the home.
};

/// The tables that have files. Errors: kDeltaTablesStale if one does not show what is published.
Result<std::vector<ReadableDeltaTable>> readable_delta_tables(const Home& home, const ControlPlane& control_plane);

/// Where a cluster has the tables.
struct ClusterPlace {
  std::string catalog;
  std::string schema;
};

class DeltaRelations final : public FileTables {
 public:
  /// `lake` is the folder of the lake.
  DeltaRelations(std::filesystem::path lake, std::vector<ReadableDeltaTable> tables, ClusterPlace place);

  /// Errors: kClusterTablesDiffer if the cluster's table has other files, or files with other rows, than this home's.
  Result<std::optional<std::string>> rows_of(std::span<const std::filesystem::path> files,
                                             const AskEngine& ask) override;

 private:
  struct Place {
    std::size_t table;
    std::string path;  // in the table
  };
  Result<void> compare(const ReadableDeltaTable& table, const AskEngine& ask) const;
  std::string name_of(const ReadableDeltaTable& table) const;

  std::filesystem::path lake_;
  std::vector<ReadableDeltaTable> tables_;
  ClusterPlace place_;
  std::map<std::string, Place> by_source_;
  std::set<std::size_t> compared_;
};

}  // namespace apportion
