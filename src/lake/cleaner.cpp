#include "lake/cleaner.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "foundation/base/files.h"
#include "foundation/base/folder_entries.h"
#include "lake/layout.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

// Paths relative to the lake: files that the catalog names, and the folders above them.
struct KnownPaths {
  std::set<std::string> files;
  std::set<std::string> folders;
  std::set<std::string> removed;  // files that are not kept any more
};

Result<KnownPaths> known_paths(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const auto files, control_plane.known_lake_files());
  KnownPaths known;
  for (const LakeFile& file : files) {
    known.files.insert(file.path);
    for (auto folder = fs::path(file.path).parent_path(); !folder.empty(); folder = folder.parent_path()) {
      known.folders.insert(folder.string());
    }
  }
  APPORTION_ASSIGN(const auto removed, control_plane.removed_lake_files());
  for (const LakeFile& file : removed) known.removed.insert(file.path);
  return known;
}

// One look at the lake.
class Survey {
 public:
  Survey(const Home& home, KnownPaths known) : home_(home), known_(std::move(known)) {}

  Result<void> look() { return look_into(home_.lake()); }

  const std::set<std::string>& left_overs() const { return left_overs_; }
  /// Folders of this program that the catalog has no use for; each before those above it.
  const std::vector<std::string>& unused_folders() const { return unused_folders_; }
  const std::set<std::string>& foreign() const { return foreign_; }

 private:
  Result<void> look_into(const fs::path& folder) {
    APPORTION_ASSIGN(const auto entries, entries_of(folder));
    for (const auto& entry : entries) {
      if (entry.path() == home_.incoming()) continue;
      const std::string path = entry.path().lexically_relative(home_.lake()).generic_string();
      std::error_code failure;
      const fs::file_type type = entry.symlink_status(failure).type();
      if (type == fs::file_type::directory) {
        APPORTION_TRY(sort_folder(entry.path(), path));
      } else if (!known_.files.contains(path) && !known_.folders.contains(path)) {
        const bool is_ours =
            type == fs::file_type::regular && (known_.removed.contains(path) || place_of_lake_file(path));
        (is_ours ? left_overs_ : foreign_).insert(path);
      }
    }
    return ok();
  }

  Result<void> sort_folder(const fs::path& folder, const std::string& path) {
    const bool is_known = known_.folders.contains(path);
    if (!is_known && !is_lake_folder(path)) {
      foreign_.insert(path + "/");
      return ok();
    }
    APPORTION_TRY(look_into(folder));
    if (!is_known) unused_folders_.push_back(path);
    return ok();
  }

  const Home& home_;
  const KnownPaths known_;
  std::set<std::string> left_overs_;
  std::vector<std::string> unused_folders_;
  std::set<std::string> foreign_;
};

Result<Survey> survey_of(const Home& home, const ControlPlane& control_plane) {
  APPORTION_ASSIGN(KnownPaths known, known_paths(control_plane));
  Survey survey(home, std::move(known));
  APPORTION_TRY(survey.look());
  return survey;
}

// Replaces paths in a folder by the folder itself.
void put_in_place_of_content(std::set<std::string>& paths, const std::string& folder) {
  const std::string whole = folder + "/";
  std::erase_if(paths, [&whole](const std::string& path) { return path.starts_with(whole); });
  paths.insert(whole);
}

// Removes what is left over. A folder goes only when nothing lies in it any more.
Result<std::set<std::string>> remove_from(const fs::path& lake, const Survey& survey) {
  std::set<std::string> removed;
  std::error_code failure;
  for (const std::string& path : survey.left_overs()) {
    fs::remove(lake / path, failure);
    if (failure) return file_error("cannot remove the leftover", lake / path, failure.value());
    removed.insert(path);
  }
  for (const std::string& folder : survey.unused_folders()) {
    fs::remove(lake / folder, failure);
    if (!failure) put_in_place_of_content(removed, folder);
    if (failure && failure != std::errc::directory_not_empty)
      return file_error("cannot remove the leftover", lake / folder, failure.value());
  }
  return removed;
}

void add_in_lake(std::vector<std::string>& all, const std::set<std::string>& paths) {
  std::ranges::transform(paths, std::back_inserter(all), [](const std::string& path) { return "lake/" + path; });
}

}  // namespace

Result<std::vector<std::string>> remove_left_overs(const Home& home, const ControlPlane& control_plane,
                                                   const FileLock& /*held*/) {
  APPORTION_ASSIGN(const Survey survey, survey_of(home, control_plane));
  APPORTION_ASSIGN(const auto of_lake, remove_from(home.lake(), survey));
  APPORTION_ASSIGN(auto folders, home.remove_abandoned_folders());
  std::vector<std::string> removed;
  add_in_lake(removed, of_lake);
  std::ranges::move(folders, std::back_inserter(removed));
  return removed;
}

Result<std::vector<std::string>> foreign_entries(const Home& home, const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const Survey survey, survey_of(home, control_plane));
  APPORTION_ASSIGN(std::vector<std::string> foreign, home.foreign_beside_folders());
  add_in_lake(foreign, survey.foreign());
  std::ranges::sort(foreign);
  return foreign;
}

}  // namespace apportion
