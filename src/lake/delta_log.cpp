#include "lake/delta_log.h"

#include <algorithm>
#include <chrono>
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
constexpr int kReaderVersion = 1;
constexpr int kWriterVersion = 2;

fs::path commit_file(const fs::path& folder, std::int64_t version) {
  return folder / kDeltaLogFolder / fmt::format("{:020}.json", version);
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

// Number of commits, which have the versions from 0 on; nothing where files are missing or others are there.
Result<std::optional<std::int64_t>> commits_in(const fs::path& folder) {
  std::error_code failure;
  std::int64_t commits = 0;
  std::int64_t files = 0;
  for (fs::directory_iterator at(folder / kDeltaLogFolder, failure), end; !failure && at != end; at.increment(failure))
    ++files;
  if (failure == std::errc::no_such_file_or_directory || failure == std::errc::not_a_directory)
    return std::optional<std::int64_t>();
  if (failure) return file_error("cannot read the folder", folder / kDeltaLogFolder, failure.value());
  while (fs::is_regular_file(commit_file(folder, commits), failure)) ++commits;
  return commits == files && commits > 0 ? std::optional(commits) : std::nullopt;
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
  APPORTION_ASSIGN(const auto commits, commits_in(folder));
  if (!commits) return std::optional<DeltaState>();
  DeltaState state;
  for (std::int64_t version = 0; version < *commits; ++version) {
    APPORTION_ASSIGN(const std::string lines, read_file(commit_file(folder, version)));
    if (!follow_commit(lines, state)) return std::optional<DeltaState>();
    state.version = version;
  }
  return std::optional(std::move(state));
}

std::string delta_commit(const DeltaState& before, const DeltaState& after, std::string_view now) {
  const std::int64_t moment = milliseconds_of(now);
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

}  // namespace apportion
