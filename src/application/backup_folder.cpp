#include "application/backup_folder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "apportion-backup";
constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kManifest = "manifest.json";

constexpr auto kKeyNames = std::to_array<std::pair<BackupKey, std::string_view>>({{BackupKey::kIncluded, "included"},
                                                                                  {BackupKey::kLeftOut, "left_out"},
                                                                                  {BackupKey::kElsewhere, "elsewhere"},
                                                                                  {BackupKey::kNone, "none"}});

Json part_json(const BackupPart& part) { return {{"bytes", part.bytes}, {"hash", part.content_hash}}; }

// Without its own hash.
Json manifest_json(const BackupManifest& manifest) {
  Json json{{"format", kFormat},
            {"format_version", kFormatVersion},
            {"number", manifest.number},
            {"made_at", manifest.made_at},
            {"apportion", manifest.program},
            {"home", manifest.home},
            {"control_plane", part_json(manifest.control_plane)},
            {"key", backup_key_name(manifest.key)}};
  if (manifest.key_file) json["key_file"] = part_json(*manifest.key_file);
  json["files"] = Json::array();
  for (const LakeFile& file : manifest.files) {
    json["files"].push_back(
        {{"path", file.path}, {"rows", file.rows}, {"bytes", file.bytes}, {"hash", file.content_hash}});
  }
  return json;
}

std::string hash_of(const Json& manifest) { return ContentHash().add(manifest.dump()).hex(); }

BackupPart read_part(const Json& json) {
  return {json.at("bytes").get<std::int64_t>(), json.at("hash").get<std::string>()};
}

// Of a document whose hash is right; a field that is missing all the same is an exception of the library.
BackupManifest read_manifest(const Json& json) {
  BackupManifest manifest;
  manifest.number = json.at("number").get<std::int64_t>();
  manifest.made_at = json.at("made_at").get<std::string>();
  manifest.program = json.at("apportion").get<std::string>();
  manifest.home = json.at("home").get<std::string>();
  manifest.control_plane = read_part(json.at("control_plane"));
  if (json.contains("key_file")) manifest.key_file = read_part(json.at("key_file"));
  const std::string key = json.at("key").get<std::string>();
  for (const auto& [value, name] : kKeyNames) {
    if (name == key) manifest.key = value;
  }
  for (const Json& file : json.at("files")) {
    manifest.files.push_back({file.at("path").get<std::string>(), file.at("rows").get<std::int64_t>(),
                              file.at("bytes").get<std::int64_t>(), file.at("hash").get<std::string>()});
  }
  return manifest;
}

Result<BackupManifest> parse_manifest(const fs::path& file, const std::string& text) {
  try {
    Json json = Json::parse(text);
    if (!json.is_object() || json.value("format", std::string()) != kFormat) {
      return backup_damage(file, "it is not the manifest of a backup");
    }
    const std::int64_t version = json.value("format_version", kFormatVersion);
    const std::string hash = json.value("hash", std::string());
    json.erase("hash");
    if (hash != hash_of(json)) return backup_damage(file, "its content is not what was written");
    if (version > kFormatVersion) {
      return Error{
          ErrorId::kBackupOfNewerVersion, "a newer version of apportion wrote this backup", file.string(),
          fmt::format("its format is {}, but this program knows formats up to {} only", version, kFormatVersion),
          "install the newer version; see which one this is: " + step(Step::kShowVersion)};
    }
    return read_manifest(json);
  } catch (const nlohmann::json::exception& failure) {
    return backup_damage(file, failure.what());
  }
}

std::int64_t number_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
  return failure == std::errc() && end != name.data() + name.size() && *end == '-' ? number : 0;
}

// The backups of a folder, those that were begun and not ended left out; the newest last.
Result<std::vector<fs::path>> backups_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (number_of(at->path()) > 0) found.push_back(at->path());
  }
  if (failure == std::errc::no_such_file_or_directory) return found;
  if (failure) return file_error("cannot read the folder of backups", folder, failure.value());
  std::ranges::sort(found, {}, number_of);
  return found;
}

Result<bool> is_there(const fs::path& path) {
  std::error_code failure;
  const bool there = fs::exists(path, failure);
  if (failure) return file_error("cannot look at", path, failure.value());
  return there;
}

}  // namespace

std::string_view backup_key_name(BackupKey key) {
  return std::ranges::find(kKeyNames, key, [](const auto& entry) { return entry.first; })->second;
}

std::int64_t BackupManifest::bytes() const {
  std::int64_t sum = control_plane.bytes + (key_file ? key_file->bytes : 0);
  for (const LakeFile& file : files) sum += file.bytes;
  return sum;
}

fs::path place_in_pool(const fs::path& pool, const std::string& content_hash) {
  return pool / content_hash.substr(0, 2) / content_hash;
}

std::string backup_name(const BackupManifest& manifest) {
  std::string time = manifest.made_at;
  std::erase(time, ':');
  return fmt::format("{:04}-{}", manifest.number, time);
}

std::string manifest_text(const BackupManifest& manifest) {
  Json json = manifest_json(manifest);
  json["hash"] = hash_of(json);
  return json.dump(1) + "\n";
}

Result<Backup> find_backup(const fs::path& from) {
  std::error_code failure;
  fs::path folder = fs::absolute(from, failure).lexically_normal();
  if (failure) return file_error("cannot find the folder", from, failure.value());
  if (!folder.has_filename()) folder = folder.parent_path();
  APPORTION_ASSIGN(const bool is_one, is_there(folder / kManifest));
  if (!is_one) {
    APPORTION_ASSIGN(const auto all, backups_in(folder));
    if (all.empty()) {
      return Error{ErrorId::kBackupMissing, "there is no backup", folder.string(),
                   "the folder holds no finished backup",
                   "name the folder that backups are written to, or one of the backups in it"};
    }
    folder = all.back();
  }
  const fs::path file = folder / kManifest;
  const auto text = read_file(file);
  if (!text) return text.error().id == ErrorId::kFileMissing ? backup_damage(file, "it is missing") : text.error();
  APPORTION_ASSIGN(BackupManifest manifest, parse_manifest(file, *text));
  return Backup{std::move(folder), std::move(manifest)};
}

Result<std::int64_t> last_backup_number(const fs::path& folder) {
  APPORTION_ASSIGN(const auto all, backups_in(folder));
  return all.empty() ? 0 : number_of(all.back());
}

Error backup_damage(const fs::path& file, std::string why) {
  return {ErrorId::kBackupDamaged, "the backup is not as it was written", file.string(), std::move(why),
          fmt::format("use an older backup: {}; making a new one replaces damaged files: {}", step(Step::kChooseBackup),
                      step(Step::kBackUp))};
}

Result<void> check_backup_file(const fs::path& file, const BackupPart& part, bool content) {
  std::error_code failure;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file, failure));
  if (failure) return backup_damage(file, "it cannot be read: " + failure.message());
  if (bytes != part.bytes) {
    return backup_damage(file, fmt::format("it has {} bytes, but {} were written", bytes, part.bytes));
  }
  if (!content) return ok();
  const auto hash = content_hash_of(file);
  if (!hash) return backup_damage(file, hash.error().why);
  if (*hash != part.content_hash) return backup_damage(file, "its content is not what was written");
  return ok();
}

}  // namespace apportion
