#include "pipeline/fetch/manifest.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/byte_order_mark.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kExportsOfScope = "/providers/microsoft.costmanagement/exports";
constexpr std::string_view kExportAgain = "run the export again; if the manifest was copied, copy it again";
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr auto kKnownVersions = std::to_array<std::string_view>({"2024-04-01", "2021-01-01"});

// A value of the manifest that may not be there, with its JSON path for messages. `null` counts as not there.
class Value {
 public:
  Value(const Json* json, std::string path, std::string_view place)
      : json_(json), path_(std::move(path)), place_(place) {}

  bool is_there() const { return json_ != nullptr && !json_->is_null(); }
  const std::string& path() const { return path_; }

  Error error(std::string what, std::string why, std::string_view next = kExportAgain) const {
    return {ErrorId::kManifestWrong, std::move(what), fmt::format("{}, {}", place_, path_), std::move(why),
            std::string(next)};
  }

  Error wrong(std::string_view expected) const {
    if (!is_there()) return error("the manifest lacks a field", fmt::format("it is missing; expected: {}", expected));
    return error("the manifest has a wrong value", fmt::format("found {}; expected: {}", shown(), expected));
  }

  /// A member by name, exact or else in any case.
  Value member(std::string_view name) const {
    const Json* found = nullptr;
    if (json_ != nullptr && json_->is_object()) {
      for (auto item = json_->begin(); item != json_->end(); ++item) {
        const bool exact = item.key() == name;
        if (exact || (found == nullptr && ascii_equal_ignoring_case(item.key(), name))) found = &item.value();
        if (exact) break;
      }
    }
    return {found, fmt::format("{}.{}", path_, name), place_};
  }

  std::size_t size() const { return json_->size(); }
  Value at(std::size_t index) const { return {&(*json_)[index], fmt::format("{}[{}]", path_, index), place_}; }

  Result<void> check_object() const {
    if (is_there() && json_->is_object()) return ok();
    return wrong("an object");
  }

  Result<void> check_array() const {
    if (is_there() && json_->is_array()) return ok();
    return wrong("a list");
  }

  /// Without blanks at its ends; empty when the field is not there.
  Result<std::string> text() const {
    if (!is_there()) return std::string();
    if (!json_->is_string()) return wrong("a text");
    return std::string(trim(json_->get_ref<const std::string&>()));
  }

  Result<std::string> required_text() const {
    APPORTION_ASSIGN(std::string value, text());
    if (value.empty()) return wrong("a text that is not empty");
    return value;
  }

  Result<std::optional<std::int64_t>> count() const {
    if (!is_there()) return std::optional<std::int64_t>();
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (!json_->is_number_unsigned() || json_->get<std::uint64_t>() > kMax)
      return wrong("a whole number, zero or more");
    return std::optional(json_->get<std::int64_t>());
  }

 private:
  // For messages. Lists and objects are not printed: they may be deeper than the stack.
  std::string shown() const {
    if (json_->is_object()) return "an object";
    if (json_->is_array()) return "a list";
    return excerpt(json_->dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  const Json* json_;  // of the document that is being read
  std::string path_;
  std::string_view place_;
};

struct LineAndColumn {
  std::size_t line = 1;
  std::size_t column = 1;
};

LineAndColumn line_and_column(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto last_break = before.rfind('\n');
  return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
          last_break == std::string_view::npos ? before.size() + 1 : before.size() - last_break};
}

Result<Json> read_json(std::string_view text, std::string_view place) {
  text = without_byte_order_mark(text);
  const auto not_json = [&](const LineAndColumn& at, std::string_view why) {
    return Error{ErrorId::kManifestNotJson, "the manifest is not JSON",
                 fmt::format("{}, line {}, column {}", place, at.line, at.column), std::string(why),
                 "if it is still being written, wait; otherwise run the export again"};
  };
  if (trim(text).empty()) return not_json({}, "it is empty");
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& failure) {
    const std::size_t byte = failure.byte > 0 ? failure.byte - 1 : 0;
    const auto context = byte < text.size() ? fmt::format("'{}' is unexpected here", excerpt(text.substr(byte, 20)))
                                            : std::string("it ends too early");
    return not_json(line_and_column(text, byte), context);
  } catch (const Json::exception&) {
    return not_json({}, "a number in it is too large");
  }
}

// --- Dates. Read as far as they are exact: nothing is guessed.

struct Timestamp {
  Day day;                          // as written
  std::int64_t second = 0;          // of that day, as written
  std::int64_t offset_seconds = 0;  // east of UTC
};

// Takes `count` digits and, before them, `mark` (unless 0) from the front of `text`; -1 when they are not there.
int take_number(std::string_view& text, char mark, std::size_t count) {
  const std::size_t skipped = mark == 0 ? 0 : 1;
  if (text.size() < skipped + count || (mark != 0 && text.front() != mark)) return -1;
  int value = 0;
  for (const char c : text.substr(skipped, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(skipped + count);
  return value;
}

// `Z`, `+00:00`, `-0530` or nothing, which means UTC.
std::optional<std::int64_t> read_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  const char sign = text.front();
  if (sign != '+' && sign != '-') return std::nullopt;
  const int hours = take_number(text, sign, 2);
  const int minutes = take_number(text, text.starts_with(':') ? ':' : '\0', 2);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  const std::int64_t seconds = (hours * 60 + minutes) * 60;
  return sign == '-' ? -seconds : seconds;
}

// `2026-10-01`, `2026-10-01T00:00:00`, with fractions of a second and a zone or without.
std::optional<Timestamp> read_timestamp(std::string_view text) {
  const auto day = Day::parse(text.substr(0, 10));
  if (!day) return std::nullopt;
  text.remove_prefix(10);
  if (text.empty()) return Timestamp{*day};
  const int hour = take_number(text, text.front() == ' ' ? ' ' : 'T', 2);
  const int minute = take_number(text, ':', 2);
  const int second = text.starts_with(':') ? take_number(text, ':', 2) : 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  if (text.starts_with('.')) {
    const auto end = text.find_first_not_of("0123456789", 1);
    if (end == 1 || text.size() == 1) return std::nullopt;
    text.remove_prefix(std::min(end, text.size()));
  }
  const auto offset = read_offset(text);
  if (!offset) return std::nullopt;
  return Timestamp{*day, (hour * 60 + minute) * 60 + second, *offset};
}

std::string utc_text(const Timestamp& time) {
  std::int64_t second = time.second - time.offset_seconds;
  Day day = time.day;
  if (second < 0) {
    second += kSecondsPerDay;
    day = day.plus_days(-1);
  } else if (second >= kSecondsPerDay) {
    second -= kSecondsPerDay;
    day = day.plus_days(1);
  }
  return fmt::format("{}T{:02}:{:02}:{:02}Z", day.to_string(), second / 3600, second / 60 % 60, second % 60);
}

Result<std::optional<Timestamp>> timestamp_of(const Value& value) {
  APPORTION_ASSIGN(const std::string text, value.text());
  if (text.empty()) return std::optional<Timestamp>();
  const auto time = read_timestamp(text);
  if (!time) return value.wrong("a date like 2026-10-01T00:00:00Z");
  return time;
}

// The days between start and end as they are written, whatever the zone: they are calendar days of the bill. An end at
// midnight of the next month's first day is the end of the month.
Result<RunPeriod> period_of(const Value& run_info, Day today) {
  const Value start_value = run_info.member("startDate");
  const Value end_value = run_info.member("endDate");
  APPORTION_ASSIGN(const auto start, timestamp_of(start_value));
  APPORTION_ASSIGN(const auto end, timestamp_of(end_value));
  if (!start) return start_value.wrong("a date like 2026-10-01T00:00:00");
  const Day first_day = start->day;
  const Month month = Month::of(first_day);
  Day last_day = end ? end->day : month.last_day();
  if (end && end->second == 0 && last_day == month.last_day().plus_days(1)) last_day = month.last_day();
  if (last_day < first_day) {
    return end_value.error("the run ends before it begins",
                           fmt::format("from {} to {}", first_day.to_string(), last_day.to_string()));
  }
  if (!month.contains(last_day)) {
    return end_value.error("the run covers more than one calendar month",
                           fmt::format("from {} to {}", first_day.to_string(), last_day.to_string()),
                           "export each calendar month separately: a bill month is replaced as a whole");
  }
  if (Month::of(today) < month) {
    return start_value.error("the run is for a month in the future",
                             fmt::format("{} has not begun on {} (UTC)", month.to_string(), today.to_string()),
                             "check the clock of this machine, then the period of the export");
  }
  return RunPeriod{month, first_day, last_day};
}

// --- Blobs.

// Why a blob name cannot be trusted; empty when it can.
std::string_view fault_of_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(name.begin(), name.end(), is_control)) return "it contains control characters";
  name = trim(name);
  if (name.empty()) return "it is empty";
  if (name.front() == '/') return "it is an absolute path";
  if (name.find('\\') != std::string_view::npos) return "it contains a backslash";
  if (name.find("://") != std::string_view::npos || (name.size() > 1 && name[1] == ':'))
    return "it names another place";
  for (const std::string_view level : split_text(name, '/')) {
    if (trim(level) == "." || trim(level) == "..") return "it leads out of its folder";
  }
  if (trim(name.substr(name.rfind('/') + 1)).empty()) return "it names a folder";
  return {};
}

Result<std::string> blob_name_of(const Value& blob) {
  const Value name_value = blob.member("blobName");
  const Value link_value = blob.member("blobLink");
  if (!name_value.is_there() && link_value.is_there()) {
    return link_value.error("this is the manifest of a Cost Details report, not of an export",
                            "its parts are links that expire, not files of this location",
                            "set up an export; or download the report and import its files unverified: " +
                                step(Step::kTakeUnverifiedFiles));
  }
  APPORTION_ASSIGN(const std::string written, name_value.required_text());
  if (const auto fault = fault_of_name(written); !fault.empty()) {
    return name_value.error("the manifest names a part that is refused",
                            fmt::format("'{}': {}", excerpt(written), fault),
                            "a part is a path like FOLDER/EXPORT/RUN/part_0_0001.csv inside the export's own folder; "
                            "do not use this manifest; run the export again");
  }
  const auto levels = path_levels(written);
  return join_levels(levels, levels.size());
}

Result<ManifestBlob> blob_of(const Value& blob) {
  APPORTION_TRY(blob.check_object());
  APPORTION_ASSIGN(std::string name, blob_name_of(blob));
  const Value bytes_value = blob.member("byteCount");
  APPORTION_ASSIGN(const auto bytes, bytes_value.count());
  APPORTION_ASSIGN(const auto rows, blob.member("dataRowCount").count());
  if (!bytes) return bytes_value.wrong("the size of the part in bytes");
  return ManifestBlob{std::move(name), *bytes, rows};
}

Result<std::vector<ManifestBlob>> blobs_of(const Value& list) {
  APPORTION_TRY(list.check_array());
  std::vector<ManifestBlob> blobs;
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    APPORTION_ASSIGN(ManifestBlob blob, blob_of(list.at(i)));
    if (!names.insert(blob.name).second) {
      return list.at(i).error("the manifest names a part twice", fmt::format("'{}'", excerpt(blob.name, 200)));
    }
    blobs.push_back(std::move(blob));
  }
  return blobs;
}

// The sum of a count over all blobs; nothing when one lacks it.
std::optional<std::int64_t> sum_over(const std::vector<ManifestBlob>& blobs,
                                     std::optional<std::int64_t> (*count)(const ManifestBlob&)) {
  std::int64_t sum = 0;
  for (const ManifestBlob& blob : blobs) {
    const auto value = count(blob);
    if (!value || __builtin_add_overflow(sum, *value, &sum)) return std::nullopt;
  }
  return sum;
}

Result<void> check_total(const Value& total, std::optional<std::int64_t> stated, std::optional<std::int64_t> sum,
                         std::string_view unit) {
  if (!stated || !sum || *stated == *sum) return ok();
  return total.error("the manifest contradicts itself",
                     fmt::format("it states {} {}, but its parts sum to {}", *stated, unit, *sum),
                     "if it is still being written, wait; otherwise run the export again");
}

Result<void> read_blobs(const Value& root, Manifest& manifest) {
  APPORTION_ASSIGN(manifest.blobs, blobs_of(root.member("blobs")));
  const Value count_value = root.member("blobCount");
  const Value bytes_value = root.member("byteCount");
  const Value rows_value = root.member("dataRowCount");
  APPORTION_ASSIGN(const auto count, count_value.count());
  APPORTION_ASSIGN(const auto bytes, bytes_value.count());
  APPORTION_ASSIGN(const auto rows, rows_value.count());
  const auto bytes_sum = sum_over(manifest.blobs, [](const ManifestBlob& blob) { return std::optional(blob.bytes); });
  const auto rows_sum = sum_over(manifest.blobs, [](const ManifestBlob& blob) { return blob.rows; });
  APPORTION_TRY(check_total(count_value, count, static_cast<std::int64_t>(manifest.blobs.size()), "parts"));
  if (!bytes_sum) return bytes_value.wrong("sizes that fit on a disk");
  APPORTION_TRY(check_total(bytes_value, bytes, bytes_sum, "bytes"));
  APPORTION_TRY(check_total(rows_value, rows, rows_sum, "rows"));
  manifest.rows = rows ? rows : rows_sum;
  if (!manifest.rows) manifest.notes.emplace_back("the manifest states no row counts, so none could be compared");
  return ok();
}

// --- The rest.

// What an export covers: its ARM id without the export itself.
std::string scope_of(std::string_view resource_id) {
  const auto levels = path_levels(resource_id);
  std::string scope = "/" + ascii_lower(join_levels(levels, levels.size()));
  const auto end = scope.rfind(kExportsOfScope);
  if (end != std::string::npos) scope.resize(end);
  return resource_id.empty() ? std::string() : scope;
}

Result<void> read_export(const Value& config, Manifest& manifest) {
  APPORTION_TRY(config.check_object());
  APPORTION_ASSIGN(manifest.export_name, config.member("exportName").text());
  APPORTION_ASSIGN(manifest.resource_id, config.member("resourceId").text());
  APPORTION_ASSIGN(manifest.data_version, config.member("dataVersion").text());
  manifest.scope = scope_of(manifest.resource_id);
  const Value type = config.member("type");
  APPORTION_ASSIGN(const std::string type_name, type.required_text());
  const auto dataset = parse_dataset(type_name);
  if (!dataset || holds_invoice_lines(*dataset)) {
    return type.error("the manifest is for an unknown dataset", fmt::format("'{}'", excerpt(type_name)),
                      "keep other kinds of exports in another location");
  }
  manifest.dataset = *dataset;
  return ok();
}

Result<void> read_delivery(const Value& root, Manifest& manifest) {
  const Value config = root.member("deliveryConfig");
  if (config.is_there()) APPORTION_TRY(config.check_object());
  APPORTION_ASSIGN(manifest.file_format, config.member("fileFormat").text());
  APPORTION_ASSIGN(manifest.compression, config.member("compressionMode").text());
  APPORTION_ASSIGN(manifest.root_folder, config.member("rootFolderPath").text());
  if (manifest.file_format.empty()) {
    APPORTION_ASSIGN(manifest.file_format, root.member("dataFormat").text());
  }
  return ok();
}

Result<void> read_run(const Value& run_info, Day today, Manifest& manifest) {
  APPORTION_TRY(run_info.check_object());
  APPORTION_ASSIGN(const std::string run_id, run_info.member("runId").required_text());
  manifest.run_id = ascii_lower(run_id);
  APPORTION_ASSIGN(const auto submitted, timestamp_of(run_info.member("submittedTime")));
  if (submitted) manifest.submitted_at = utc_text(*submitted);
  APPORTION_ASSIGN(manifest.period, period_of(run_info, today));
  return ok();
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, std::string_view place, Day today) {
  APPORTION_ASSIGN(const Json json, read_json(text, place));
  const Value root(&json, "$", place);
  APPORTION_TRY(root.check_object());
  Manifest manifest;
  APPORTION_ASSIGN(manifest.version, root.member("manifestVersion").text());
  if (std::find(kKnownVersions.begin(), kKnownVersions.end(), manifest.version) == kKnownVersions.end()) {
    manifest.notes.push_back(
        fmt::format("the manifest has the unknown version '{}'; its fields were read as those of {}",
                    excerpt(manifest.version), kKnownVersions.front()));
  }
  APPORTION_TRY(read_blobs(root, manifest));
  APPORTION_TRY(read_export(root.member("exportConfig"), manifest));
  APPORTION_TRY(read_delivery(root, manifest));
  APPORTION_TRY(read_run(root.member("runInfo"), today, manifest));
  return manifest;
}

bool is_manifest_name(std::string_view file_name) {
  return ascii_equal_ignoring_case(file_name, "manifest.json") ||
         ascii_equal_ignoring_case(file_name, "_manifest.json");
}

}  // namespace apportion
