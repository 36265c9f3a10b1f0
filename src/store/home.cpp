#include "store/home.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>

#include <fmt/format.h>

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

Result<std::vector<fs::directory_entry>> entries_of(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
    entries.push_back(*at);
  if (failure) return file_error("cannot read the folder", folder, failure.value());
  std::ranges::sort(entries);
  return entries;
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
          "the file has no byte: its content was lost, or `apportion init` was ended", std::move(next)};
}

// Also a write-ahead log may hold all there is.
Result<bool> has_lost_control_plane(const Home& home) {
  APPORTION_ASSIGN(const bool empty, is_empty_file(home.control_plane_file()));
  if (!empty) return false;
  APPORTION_ASSIGN(const bool has_log, is_there(home.control_plane_file().string() + "-wal"));
  return !has_log;
}

Result<void> refuse_other_content(const fs::path& folder) {
  APPORTION_ASSIGN(const auto entries, entries_of(folder));
  if (entries.empty()) return ok();
  return Error{ErrorId::kFolderNotEmpty, "this folder cannot become a home", folder.string(),
               fmt::format("it holds other things (`{}`)", entries.front().path().filename().string()),
               "name an empty folder or a new one with --home"};
}

Result<void> keep_others_out(const fs::path& folder) {
  std::error_code failure;
  fs::permissions(folder, fs::perms::owner_all, failure);
  if (failure) return file_error("cannot set the rights of the folder", folder, failure.value());
  return ok();
}

// The lake's paths as sets: files that the catalog knows, and the folders above them.
struct KnownPaths {
  std::set<std::string> files;
  std::set<std::string> folders;
};

KnownPaths known_paths(const std::vector<LakeFile>& files) {
  KnownPaths known;
  for (const LakeFile& file : files) {
    known.files.insert(file.path);
    for (auto folder = fs::path(file.path).parent_path(); !folder.empty(); folder = folder.parent_path()) {
      known.folders.insert(folder.string());
    }
  }
  return known;
}

// Removes what a crash left in a home, and keeps a list of it.
class Cleaner {
 public:
  explicit Cleaner(fs::path home) : home_(std::move(home)) {}

  // What the catalog does not know of a folder of the lake; `but` is left alone.
  Result<void> remove_unknown(const fs::path& folder, const KnownPaths& known, const fs::path& but) {
    APPORTION_ASSIGN(const auto entries, entries_of(folder));
    for (const auto& entry : entries) {
      if (entry.path() == but) continue;
      const std::string path = entry.path().lexically_relative(home_ / "lake").generic_string();
      if (is_folder(entry) && known.folders.contains(path)) {
        APPORTION_TRY(remove_unknown(entry.path(), known, but));
      } else if (is_folder(entry) || !known.files.contains(path)) {
        APPORTION_TRY(remove(entry));
      }
    }
    return ok();
  }

  // All of a folder, but the folders in it whose lock a living process holds. No error when it is not there.
  Result<void> remove_unused(const fs::path& folder) {
    APPORTION_ASSIGN(const bool there, is_there(folder));
    if (!there) return ok();
    APPORTION_ASSIGN(const auto entries, entries_of(folder));
    for (const auto& entry : entries) {
      if (is_folder(entry)) {
        const auto unused = FileLock::acquire(entry.path() / kTemporaryLock);
        if (!unused && unused.error().kind() == ErrorKind::kBusy) continue;
      }
      APPORTION_TRY(remove(entry));
    }
    return ok();
  }

  std::vector<std::string> removed() && { return std::move(removed_); }

 private:
  // A link to a folder is no folder: it goes, what it points to stays.
  static bool is_folder(const fs::directory_entry& entry) {
    std::error_code failure;
    return entry.symlink_status(failure).type() == fs::file_type::directory;
  }

  Result<void> remove(const fs::directory_entry& entry) {
    const fs::path& path = entry.path();
    const std::string suffix = is_folder(entry) ? "/" : "";
    std::error_code failure;
    fs::remove_all(path, failure);
    if (failure) return file_error("cannot remove the left-over", path, failure.value());
    removed_.push_back(path.lexically_relative(home_).generic_string() + suffix);
    return ok();
  }

  const fs::path home_;
  std::vector<std::string> removed_;
};

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
                                fmt::format("{}; its lake holds files that nobody knows now", kRestoreHome));
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
    return Error{ErrorId::kNoHome, "there is no apportion home", absolute.string(), "the folder has no control plane",
                 "make a home with `apportion init`, or name one with --home"};
  }
  APPORTION_ASSIGN(const bool lost, has_lost_control_plane(home));
  if (lost) {
    return lost_control_plane(home.control_plane_file(),
                              fmt::format("{}; a home that never held anything: `apportion init`", kRestoreHome));
  }
  APPORTION_TRY(make_folder(home.lake()));
  APPORTION_TRY(make_folder(home.temporary()));
  return home;
}

Result<FileLock> Home::lock_for_writing(const Cancel& cancel, std::chrono::milliseconds patience,
                                        const std::function<void()>& on_wait) const {
  constexpr std::chrono::milliseconds kPause{50};
  for (std::chrono::milliseconds waited{0};; waited += kPause) {
    auto lock = FileLock::acquire(folder_ / "lock");
    if (lock || lock.error().kind() != ErrorKind::kBusy || waited >= patience) return lock;
    if (waited == std::chrono::milliseconds(0) && on_wait) on_wait();
    if (!cancel.wait_for(kPause)) return cancelled_error("");
  }
}

Result<IntakeLock> Home::lock_for_intake() const {
  auto lock = FileLock::acquire(folder_ / "intake.lock");
  if (lock) return IntakeLock{std::move(*lock)};
  if (lock.error().kind() != ErrorKind::kBusy) return std::move(lock).error();
  return Error{ErrorId::kIntakeLocked, "another apportion process is taking in runs", folder_.string(),
               "a home takes in one run after another",
               "wait until it has ended, then run the same command again; `apportion jobs list` shows how far it is"};
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
  std::error_code failure;  // what cannot be removed now, remove_left_overs removes
  if (!path_.empty()) fs::remove_all(path_, failure);
}

Result<std::vector<std::string>> Home::remove_left_overs(const ControlPlane& control_plane,
                                                         [[maybe_unused]] const FileLock& held) const {
  APPORTION_ASSIGN(const auto files, control_plane.known_lake_files());
  Cleaner cleaner(folder_);
  APPORTION_TRY(cleaner.remove_unknown(lake(), known_paths(files), incoming()));
  APPORTION_TRY(cleaner.remove_unused(incoming()));
  APPORTION_TRY(cleaner.remove_unused(temporary()));
  return std::move(cleaner).removed();
}

}  // namespace apportion
