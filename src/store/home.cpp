#include "store/home.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "foundation/base/folder_entries.h"
#include "foundation/base/guid.h"
#include "foundation/base/next_step.h"
#include "foundation/base/patient_lock.h"
#include "foundation/base/text.h"
#include "store/migrations_internal.h"
#include "store/remedies.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTemporaryLock = "lock";

Result<fs::path> absolute_path(const fs::path& path) {
  std::error_code failure;
  auto absolute = fs::absolute(path, failure).lexically_normal();
  if (failure) return file_error("cannot find the folder", path, failure.value());
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

Result<bool> is_there(const fs::path& path) {
  std::error_code failure;
  const bool there = fs::exists(path, failure);
  if (failure) return file_error("cannot look into", path, failure.value());
  return there;
}

// Whether the file holds nothing at all. SQLite would take it for a new database.
Result<bool> is_empty_file(const fs::path& path) {
  std::error_code failure;
  const auto bytes = fs::file_size(path, failure);
  if (failure) return file_error("cannot look into", path, failure.value());
  return bytes == 0;
}

Result<bool> holds_files(const fs::path& folder) {
  std::error_code failure;
  for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (at->is_regular_file()) return true;
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return file_error("cannot read the folder", folder, failure.value());
  }
  return false;
}

Error lost_control_plane(const fs::path& file, std::string next) {
  return {ErrorId::kControlPlaneEmpty, "the control plane of this home is empty", file.string(),
          "the file is empty: its content was lost, or creating the home was interrupted", std::move(next)};
}

// Also a write-ahead log may hold all there is.
Result<bool> has_lost_control_plane(const Home& home) {
  APPORTION_ASSIGN(const bool empty, is_empty_file(home.control_plane_file()));
  if (!empty) return false;
  APPORTION_ASSIGN(const bool has_log, is_there(home.control_plane_file().string() + "-wal"));
  return !has_log;
}

// A link to a folder is no folder.
bool is_folder(const fs::directory_entry& entry) {
  std::error_code failure;
  return entry.symlink_status(failure).type() == fs::file_type::directory;
}

Error other_content(const fs::path& folder, const fs::directory_entry& entry) {
  return {ErrorId::kFolderNotEmpty, "this folder cannot become a home", folder.string(),
          fmt::format("it holds other things (`{}`)", entry.path().filename().string()),
          "choose an empty folder or a new one: " + step(Step::kChooseHome)};
}

// A home on volumes of its own begins with their mount points, and a disk with a folder of its file system.
constexpr auto kFoldersOfVolumes = std::to_array<std::string_view>({"lake", "delta", "lost+found"});

Result<bool> may_be_in_new_home(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (!is_folder(entry) || std::ranges::find(kFoldersOfVolumes, name) == kFoldersOfVolumes.end()) return false;
  if (name == kFoldersOfVolumes.back()) return true;
  APPORTION_ASSIGN(const bool has_files, holds_files(entry.path()));
  return !has_files;
}

Result<void> refuse_other_content(const fs::path& folder) {
  APPORTION_ASSIGN(const auto entries, entries_of(folder));
  for (const fs::directory_entry& entry : entries) {
    APPORTION_ASSIGN(const bool is_allowed, may_be_in_new_home(entry));
    if (!is_allowed) return other_content(folder, entry);
  }
  return ok();
}

Result<void> keep_others_out(const fs::path& folder) {
  std::error_code failure;
  fs::permissions(folder, fs::perms::owner_all, failure);
  if (failure) return file_error("cannot set the permissions of the folder", folder, failure.value());
  return ok();
}

// Whether `TemporaryFolder::make` may have made it.
bool is_of_a_command(const fs::directory_entry& entry) {
  return is_folder(entry) && is_guid(entry.path().filename().string());
}

bool is_in_use(const fs::directory_entry& entry) {
  const auto unused = FileLock::acquire(entry.path() / kTemporaryLock);
  return !unused && unused.error().kind() == ErrorKind::kBusy;
}

// The entries of a folder that may not be there.
Result<std::vector<fs::directory_entry>> entries_if_there(const fs::path& folder) {
  APPORTION_ASSIGN(const bool there, is_there(folder));
  if (!there) return std::vector<fs::directory_entry>();
  return entries_of(folder);
}

}  // namespace

// The control plane comes first: it makes the folder a home, and everything after it can be made again.
Result<Home> Home::create(const fs::path& folder) {
  APPORTION_ASSIGN(const auto absolute, absolute_path(folder));
  Home home(absolute, false);
  APPORTION_ASSIGN(home.was_there_, is_there(home.control_plane_file()));
  if (!home.was_there_) {
    APPORTION_TRY(make_folder(absolute));
    APPORTION_TRY(refuse_other_content(absolute));
    APPORTION_TRY(keep_others_out(absolute));
  }
  if (home.was_there_) {
    APPORTION_ASSIGN(const bool lost, has_lost_control_plane(home));
    APPORTION_ASSIGN(const bool has_rows, holds_files(home.lake()));
    if (lost && has_rows) {
      return lost_control_plane(home.control_plane_file(),
                                restore_home() + "; its lake holds files that no control plane names");
    }
  }
  APPORTION_TRY(open_control_plane_database(home.control_plane_file(), true));
  APPORTION_TRY(make_folder(home.lake()));
  APPORTION_TRY(make_folder(home.temporary()));
  APPORTION_TRY(sync_to_disk(absolute));
  return home;
}

Result<Home> Home::open(const fs::path& folder) {
  APPORTION_ASSIGN(const auto absolute, absolute_path(folder));
  Home home(absolute, true);
  APPORTION_ASSIGN(const bool is_home, is_there(home.control_plane_file()));
  if (!is_home) {
    return Error{
        ErrorId::kNoHome, "there is no apportion home", absolute.string(), "the folder has no control plane",
        fmt::format("create a home: {}; or choose another: {}", step(Step::kCreateHome), step(Step::kChooseHome))};
  }
  APPORTION_ASSIGN(const bool lost, has_lost_control_plane(home));
  if (lost) {
    return lost_control_plane(home.control_plane_file(), fmt::format("{}; if it never held anything, create it: {}",
                                                                     restore_home(), step(Step::kCreateHome)));
  }
  APPORTION_TRY(make_folder(home.lake()));
  APPORTION_TRY(make_folder(home.temporary()));
  return home;
}

Result<FileLock> Home::lock_for_writing(const Cancel& cancel, std::chrono::milliseconds patience,
                                        const std::function<void()>& on_wait) const {
  return lock_patiently(folder_ / "lock", cancel, patience, on_wait);
}

Result<IntakeLock> Home::lock_for_intake() const {
  auto lock = FileLock::acquire(folder_ / "intake.lock");
  if (lock) return IntakeLock{std::move(*lock)};
  if (lock.error().kind() != ErrorKind::kBusy) return std::move(lock).error();
  return Error{ErrorId::kIntakeLocked, "another apportion process is taking in runs", folder_.string(),
               "a home takes in one run at a time",
               "wait until it has finished, then try again; see how far it is: " + step(Step::kListJobs)};
}

bool Home::lives(const std::string& temporary_folder) const {
  const fs::path lock_file = temporary() / temporary_folder / kTemporaryLock;
  std::error_code failure;
  if (!fs::exists(lock_file, failure)) return false;
  const auto lock = FileLock::acquire(lock_file);
  return !lock && lock.error().kind() == ErrorKind::kBusy;
}

Result<TemporaryFolder> Home::make_temporary_folder() const { return TemporaryFolder::make(temporary()); }
Result<TemporaryFolder> Home::make_incoming_folder() const { return TemporaryFolder::make(incoming()); }

// Another process that cleans up may take the folder away before it is locked; then a new one is made.
Result<TemporaryFolder> TemporaryFolder::make(const fs::path& parent) {
  constexpr int kAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    const fs::path path = parent / random_guid();
    APPORTION_TRY(make_folder(path));
    auto lock = FileLock::acquire(path / kTemporaryLock);
    if (lock) {
      APPORTION_ASSIGN(const bool still_there, is_there(path / kTemporaryLock));
      if (still_there) return TemporaryFolder(path, std::move(*lock));
    }
    if (!lock && attempt == kAttempts) return std::move(lock).error();
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code failure;  // what cannot be removed now, remove_abandoned_folders removes
  if (!path_.empty()) fs::remove_all(path_, failure);
}

Result<std::vector<std::string>> Home::remove_abandoned_folders() const {
  std::vector<std::string> removed;
  for (const fs::path& folder : {incoming(), temporary()}) {
    APPORTION_ASSIGN(const auto entries, entries_if_there(folder));
    for (const auto& entry : entries) {
      if (!is_of_a_command(entry) || is_in_use(entry)) continue;
      std::error_code failure;
      fs::remove_all(entry.path(), failure);
      if (failure) return file_error("cannot remove the leftover", entry.path(), failure.value());
      removed.push_back(entry.path().lexically_relative(folder_).generic_string() + "/");
    }
  }
  return removed;
}

Result<std::vector<std::string>> Home::foreign_beside_folders() const {
  std::vector<std::string> foreign;
  for (const fs::path& folder : {incoming(), temporary()}) {
    APPORTION_ASSIGN(const auto entries, entries_if_there(folder));
    for (const auto& entry : entries) {
      if (is_of_a_command(entry)) continue;
      foreign.push_back(entry.path().lexically_relative(folder_).generic_string() + (is_folder(entry) ? "/" : ""));
    }
  }
  return foreign;
}

}  // namespace apportion
