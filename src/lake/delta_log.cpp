#include "lake/delta_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "foundation/base/utc_time.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kUnfinished = "_unfinished_commit";
constexpr std::string_view kUnfinishedCheckpoint = "_unfinished_checkpoint";
constexpr std::string_view kLastCheckpoint = "_last_checkpoint";
constexpr std::string_view kFromTheFirst = "00000000000000000000.";
constexpr std::size_t kVersionDigits = 20;
constexpr int kReaderVersion = 1;
constexpr int kWriterVersion = 2;

fs::path commit_file(const fs::path& folder, std::int64_t version) {
  return folder / kDeltaLogFolder / fmt::format("{:020}.json", version);
}

fs::path checkpoint_file(const fs::path& folder, std::int64_t version) {
  return folder / kDeltaLogFolder / fmt::format("{:020}.checkpoint.parquet", version);
}

fs::path compaction_file(const fs::path& folder, std::int64_t version) {
  return folder / kDeltaLogFolder / fmt::format("{}{:020}.compacted.json", kFromTheFirst, version);
}

std::string delta_type(std::string_view sql_type) {
  if (sql_type == "VARCHAR") return "string";
  if (sql_type == "BIGINT") return "long";
  if (sql_type == "DATE") return "date";
  APPORTION_CHECK(sql_type == "DECIMAL(38,18)", "a type that files of the lake do not have");
  return "decimal(38,18)";
}

Json field(std::string_view name, std::string_view sql_type) {
  return Json{{"name", name}, {"type", delta_type(sql_type)}, {"nullable", true}, {"metadata", Json::object()}};
}

std::int64_t milliseconds_of(std::string_view now) {
  const auto moment = parse_utc_time(now);
  APPORTION_CHECK(moment, "a moment in ISO 8601");
  return std::chrono::milliseconds(moment->time_since_epoch()).count();
}

Json protocol() {
  return Json{{"protocol", {{"minReaderVersion", kReaderVersion}, {"minWriterVersion", kWriterVersion}}}};
}

Json metadata(const DeltaState& state, std::int64_t created) {
  return Json{{"metaData",
               {{"id", state.table_id},
                {"format", {{"provider", "parquet"}, {"options", Json::object()}}},
                {"schemaString", state.schema},
                {"partitionColumns", state.partition_columns},
                {"configuration", Json::object()},
                {"createdTime", created}}}};
}

Json add(const std::string& path, const DeltaFile& file, std::int64_t now) {
  return Json{{"add",
               {{"path", path},
                {"partitionValues", file.partition},
                {"size", file.bytes},
                {"modificationTime", now},
                {"dataChange", true},
                {"stats", Json{{"numRecords", file.rows}}.dump()}}}};
}

Json remove(const std::string& path, std::int64_t now) {
  return Json{{"remove", {{"path", path}, {"deletionTimestamp", now}, {"dataChange", true}}}};
}

// Throws what the JSON library throws where a line is not as this program writes it.
void follow(const Json& action, DeltaState& state, bool& is_ours) {
  if (action.contains("protocol")) {
    is_ours = is_ours && action == protocol();
  } else if (action.contains("metaData")) {
    const Json& data = action.at("metaData");
    state.table_id = data.at("id").get<std::string>();
    state.schema = data.at("schemaString").get<std::string>();
    state.partition_columns = data.at("partitionColumns").get<std::vector<std::string>>();
    is_ours = is_ours && data.at("configuration").empty();
  } else if (action.contains("add")) {
    const Json& file = action.at("add");
    const Json stats = Json::parse(file.at("stats").get<std::string>());
    state.files[file.at("path").get<std::string>()] =
        DeltaFile{file.at("size").get<std::int64_t>(), stats.at("numRecords").get<std::int64_t>(),
                  file.at("partitionValues").get<std::map<std::string, std::string>>()};
  } else if (action.contains("remove")) {
    state.files.erase(action.at("remove").at("path").get<std::string>());
  }
}

bool follow_commit(std::string_view lines, DeltaState& state) {
  bool is_ours = true;
  try {
    for (const std::string_view line : split_text(lines, '\n')) {
      if (!line.empty()) follow(Json::parse(line), state, is_ours);
    }
  } catch (const nlohmann::json::exception&) {
    return false;
  }
  return is_ours;
}

// The files of a log, by version.
struct LogFiles {
  std::set<std::int64_t> commits;
  std::set<std::int64_t> checkpoints;
  std::set<std::int64_t> compactions;  // each from version 0 on
  bool has_last_checkpoint = false;
  bool has_others = false;
};

// The version that a file's name begins with, if `rest` follows.
std::optional<std::int64_t> version_in(std::string_view name, std::string_view rest) {
  std::int64_t version = 0;
  const auto [end, failure] =
      std::from_chars(name.data(), name.data() + std::min(name.size(), kVersionDigits), version);
  const bool is_read = failure == std::errc() && end == name.data() + kVersionDigits && version >= 0;
  return is_read && name.substr(kVersionDigits) == rest ? std::optional(version) : std::nullopt;
}

void sort_in(LogFiles& files, std::string_view name) {
  if (name == kLastCheckpoint) {
    files.has_last_checkpoint = true;
  } else if (const auto commit = version_in(name, ".json")) {
    files.commits.insert(*commit);
  } else if (const auto checkpoint = version_in(name, ".checkpoint.parquet")) {
    files.checkpoints.insert(*checkpoint);
  } else if (name.starts_with(kFromTheFirst)) {
    const auto compaction = version_in(name.substr(kFromTheFirst.size()), ".compacted.json");
    if (compaction) files.compactions.insert(*compaction);
    files.has_others = files.has_others || !compaction;
  } else {
    files.has_others = true;
  }
}

// Empty if there is no log.
Result<LogFiles> files_of_log(const fs::path& folder) {
  LogFiles files;
  std::error_code failure;
  for (fs::directory_iterator at(folder / kDeltaLogFolder, failure), end; !failure && at != end; at.increment(failure))
    sort_in(files, at->path().filename().string());
  if (failure && failure != std::errc::no_such_file_or_directory && failure != std::errc::not_a_directory)
    return file_error("cannot read the folder", folder / kDeltaLogFolder, failure.value());
  return files;
}

// Whether the checkpoint that other programs begin with is there as it was written.
bool has_last_checkpoint(const fs::path& folder) {
  const auto text = read_file(folder / kDeltaLogFolder / kLastCheckpoint);
  const Json last = text ? Json::parse(*text, nullptr, false) : Json();
  if (!last.is_object() || !last.value("version", Json()).is_number_unsigned()) return false;
  std::error_code failure;
  const auto bytes = fs::file_size(checkpoint_file(folder, last["version"].get<std::int64_t>()), failure);
  return !failure && last.value("sizeInBytes", Json()) == bytes;
}

// The version that the log is read from: that of its last checkpoint, -1 for the beginning. Nothing where commits are
// missing or files of others are there.
std::optional<std::int64_t> beginning_of(const fs::path& folder, const LogFiles& files) {
  if (files.has_others || files.commits.empty()) return std::nullopt;
  const std::int64_t first = *files.commits.begin();
  const std::int64_t last = *files.commits.rbegin();
  if (last - first + 1 != std::ssize(files.commits)) return std::nullopt;
  if (files.has_last_checkpoint ? !has_last_checkpoint(folder) : !files.compactions.empty()) return std::nullopt;
  if (files.compactions.empty()) return first == 0 ? std::optional<std::int64_t>(-1) : std::nullopt;
  const std::int64_t beginning = *files.compactions.rbegin();
  if (first > beginning || last < beginning) return std::nullopt;
  return beginning;
}

std::string actions_between(const DeltaState& before, const DeltaState& after, std::int64_t moment) {
  std::string lines;
  const auto say = [&lines](const Json& action) { lines += action.dump() + "\n"; };
  if (before.version < 0) say(protocol());
  if (before.version < 0 || before.schema != after.schema || before.partition_columns != after.partition_columns)
    say(metadata(after, moment));
  for (const auto& [path, file] : before.files) {
    if (!after.files.contains(path)) say(remove(path, moment));
  }
  for (const auto& [path, file] : after.files) {
    const auto known = before.files.find(path);
    if (known == before.files.end() || known->second != file) say(add(path, file, moment));
  }
  return lines;
}

// What can be read from the checkpoint before `checkpoint` on is kept.
Result<void> remove_what_is_older(const fs::path& folder, std::int64_t checkpoint) {
  APPORTION_ASSIGN(const LogFiles files, files_of_log(folder));
  const auto before = files.checkpoints.lower_bound(checkpoint);
  const std::int64_t kept = before == files.checkpoints.begin() ? 0 : *std::prev(before);
  std::vector<fs::path> old;
  for (const std::int64_t version : files.compactions) {
    if (version < checkpoint) old.push_back(compaction_file(folder, version));
  }
  for (const std::int64_t version : files.commits) {
    if (version < kept) old.push_back(commit_file(folder, version));
  }
  for (const std::int64_t version : files.checkpoints) {
    if (version < kept) old.push_back(checkpoint_file(folder, version));
  }
  for (const fs::path& file : old) {
    std::error_code failure;
    fs::remove(file, failure);
    if (failure) return file_error("cannot remove an old file of a Delta table's log", file, failure.value());
  }
  return ok();
}

}  // namespace

std::string delta_schema(std::string_view columns, const std::vector<std::string>& partition_columns) {
  Json fields = Json::array();
  while (!columns.empty()) {
    constexpr std::string_view kBetween = ", ";
    const std::string_view column = columns.substr(0, columns.find(kBetween));
    const std::size_t blank = column.find(' ');
    APPORTION_CHECK(blank != std::string_view::npos, "a column has a name and a type");
    fields.push_back(field(column.substr(0, blank), column.substr(blank + 1)));
    columns.remove_prefix(std::min(columns.size(), column.size() + kBetween.size()));
  }
  for (const std::string& name : partition_columns) fields.push_back(field(name, "VARCHAR"));
  return Json{{"type", "struct"}, {"fields", std::move(fields)}}.dump();
}

Result<std::optional<DeltaState>> read_delta_log(const fs::path& folder) {
  APPORTION_ASSIGN(const LogFiles files, files_of_log(folder));
  const auto beginning = beginning_of(folder, files);
  if (!beginning) return std::optional<DeltaState>();
  DeltaState state;
  const auto follow_file = [&state](const fs::path& file, std::int64_t version) -> Result<bool> {
    APPORTION_ASSIGN(const std::string lines, read_file(file));
    state.version = version;
    return follow_commit(lines, state);
  };
  if (*beginning >= 0) {
    state.checkpoint = *beginning;
    APPORTION_ASSIGN(const bool is_ours, follow_file(compaction_file(folder, *beginning), *beginning));
    if (!is_ours) return std::optional<DeltaState>();
  }
  for (const std::int64_t version : files.commits) {
    if (version <= *beginning) continue;
    APPORTION_ASSIGN(const bool is_ours, follow_file(commit_file(folder, version), version));
    if (!is_ours) return std::optional<DeltaState>();
  }
  return std::optional(std::move(state));
}

std::string delta_commit(const DeltaState& before, const DeltaState& after, std::string_view now) {
  const std::int64_t moment = milliseconds_of(now);
  const std::string lines = actions_between(before, after, moment);
  if (lines.empty()) return lines;
  const Json info{{"commitInfo",
                   {{"timestamp", moment},
                    {"operation", "WRITE"},
                    {"operationParameters", Json::object()},
                    {"engineInfo", "apportion"}}}};
  return info.dump() + "\n" + lines;
}

Result<void> write_delta_commit(const fs::path& folder, std::int64_t version, std::string_view lines) {
  const fs::path log = folder / kDeltaLogFolder;
  APPORTION_TRY(make_folder(log));
  const fs::path unfinished = folder / kUnfinished;
  APPORTION_TRY(write_file_atomically(unfinished, lines));
  std::error_code failure;
  const fs::path file = commit_file(folder, version);
  fs::create_hard_link(unfinished, file, failure);  // unlike a rename, it never replaces a commit
  if (failure) return file_error("cannot write the commit of a Delta table", file, failure.value());
  fs::remove(unfinished, failure);
  return sync_to_disk(log);
}

Result<void> make_delta_checkpoint(Workbench& workbench, const fs::path& lines, const fs::path& parquet) {
  using Column = std::pair<std::string_view, std::string_view>;
  constexpr auto kActions = std::to_array<Column>(
      {{"protocol", "STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER)"},
       {"metaData",
        "STRUCT(id VARCHAR, format STRUCT(provider VARCHAR, options MAP(VARCHAR, VARCHAR)), schemaString VARCHAR, "
        "partitionColumns VARCHAR[], configuration MAP(VARCHAR, VARCHAR), createdTime BIGINT)"},
       {"add",
        "STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, modificationTime BIGINT, dataChange "
        "BOOLEAN, stats VARCHAR)"},
       {"remove", "STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN)"},
       {"txn", "STRUCT(appId VARCHAR, version BIGINT)"}});
  return workbench.write_parquet_of_json(lines, kActions, parquet);
}

// Our own form is written last: until then, the checkpoint before it counts for us, and other programs may use either.
Result<void> write_delta_checkpoint(const fs::path& folder, const DeltaState& state, std::string_view now,
                                    const DeltaCheckpointMaker& make) {
  const std::string lines = actions_between({}, state, milliseconds_of(now));
  const fs::path unfinished = folder / kUnfinished;
  const fs::path parquet = folder / kUnfinishedCheckpoint;
  APPORTION_TRY(write_file_atomically(unfinished, lines));
  APPORTION_TRY(make(unfinished, parquet));
  APPORTION_TRY(sync_to_disk(parquet));
  std::error_code failure;
  const fs::path file = checkpoint_file(folder, state.version);
  const auto bytes = fs::file_size(parquet, failure);
  if (!failure) fs::rename(parquet, file, failure);
  if (failure) return file_error("cannot write the checkpoint of a Delta table", file, failure.value());
  const Json last{{"version", state.version}, {"size", std::ranges::count(lines, '\n')}, {"sizeInBytes", bytes}};
  APPORTION_TRY(write_file_atomically(folder / kDeltaLogFolder / kLastCheckpoint, last.dump()));
  APPORTION_TRY(write_file_atomically(compaction_file(folder, state.version), lines));
  fs::remove(unfinished, failure);
  return remove_what_is_older(folder, state.version);
}

}  // namespace apportion
