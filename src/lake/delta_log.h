/// Delta log: the JSON commits that make a folder of Parquet files a table of Delta Lake, which other programs read.
///
/// Reader version 1, writer version 2 of the protocol: <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>. A
/// commit is one file of JSON lines below `_delta_log`, named by its version; the first has the version 0. A checkpoint
/// has the whole state of one version: as Parquet, for other programs, and as JSON lines (the protocol's log
/// compaction), which this program reads. The log knows how many rows a file has and nothing of what they hold: it
/// names no customer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"

namespace apportion {

/// The folder of a table that has its log.
inline constexpr std::string_view kDeltaLogFolder = "_delta_log";

/// What a log says of one file.
struct DeltaFile {
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::map<std::string, std::string> partition;  ///< Values of columns that files do not have, by name.

  bool operator==(const DeltaFile&) const = default;
};

/// The files of a table, by path relative to its folder.
using DeltaFiles = std::map<std::string, DeltaFile>;

/// The schema of a table as Delta writes it: `columns`, as `name type` pairs of SQL, and then the partition columns,
/// which are texts. Every column may be null: files of earlier versions lack those that came later.
std::string delta_schema(std::string_view columns, const std::vector<std::string>& partition_columns);

/// What a log says, as its last version shows it.
struct DeltaState {
  std::string table_id;
  std::string schema;
  std::vector<std::string> partition_columns;
  DeltaFiles files;
  std::int64_t version = -1;    ///< Of the last commit; -1: there is none yet.
  std::int64_t checkpoint = 0;  ///< The version of the last checkpoint; 0: there is none.
};

/// The state of a table in `folder`. Nothing where there is no log, or one that this program did not write: with a gap,
/// damaged, of another protocol, or with another program's checkpoint. Errors: the log cannot be read.
Result<std::optional<DeltaState>> read_delta_log(const std::filesystem::path& folder);

/// The JSON lines of the commit that leads from `before` to `after`; empty if there is nothing to say. `now` is UTC,
/// `2026-11-22T11:00:00Z`.
std::string delta_commit(const DeltaState& before, const DeltaState& after, std::string_view now);

/// Writes a commit as `version`, durably: readers see all of it or nothing. Errors: a file of this version is there, or
/// the disk refuses.
Result<void> write_delta_commit(const std::filesystem::path& folder, std::int64_t version, std::string_view lines);

/// Versions from one checkpoint to the next.
inline constexpr std::int64_t kDeltaCheckpointEvery = 100;

/// Makes a Parquet file of the JSON lines of a checkpoint.
using DeltaCheckpointMaker =
    std::function<Result<void>(const std::filesystem::path& lines, const std::filesystem::path& parquet)>;

/// By an engine.
Result<void> make_delta_checkpoint(Workbench& workbench, const std::filesystem::path& lines,
                                   const std::filesystem::path& parquet);

/// Writes a checkpoint of `state`, which is that of the log, durably, and removes commits and checkpoints before the
/// last checkpoint but this: what they say can be read from that one on. After a crash at any moment, the log says what
/// it said.
Result<void> write_delta_checkpoint(const std::filesystem::path& folder, const DeltaState& state, std::string_view now,
                                    const DeltaCheckpointMaker& make);

}  // namespace apportion
