/// Home: the folder that holds everything of one installation.
///
/// `control-plane.sqlite` (with SQLite's own files beside it), `lake/` (Parquet files; `lake/incoming/` those of
/// running commands), `tmp/` (of running commands), `lock`, `intake.lock`, `service.lock`. Only its owner can enter it
/// (mode 0700). Several processes may read; one at a time changes what is published, and holds `lock` for as long as it
/// computes; one at a time takes in runs, and holds `intake.lock` while it waits for the network; one is the service.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

/// A folder for one running command, for example for what an engine spills: two processes in one folder would overwrite
/// each other's files. It is removed with the object; after a crash, `Home::remove_abandoned_folders` removes it.
class TemporaryFolder {
 public:
  TemporaryFolder(TemporaryFolder&&) noexcept = default;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  friend class Home;
  static Result<TemporaryFolder> make(const std::filesystem::path& parent);
  TemporaryFolder(std::filesystem::path path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;  // empty once moved from
  FileLock lock_;               // says that the folder is in use
};

/// The right to take in runs.
struct IntakeLock {
  FileLock lock;
};

class Home {
 public:
  /// Creates a home. An existing home stays as it is, and `was_there` says so; another folder with anything in it is
  /// refused, and so is a lake with files beside an empty control plane. After a crash midway, a second call finishes
  /// the work.
  static Result<Home> create(const std::filesystem::path& folder);
  /// The home in a folder. Errors: kNoHome if there is none, kControlPlaneEmpty if its control plane is an empty file
  /// (its content was lost, or `create` was interrupted).
  static Result<Home> open(const std::filesystem::path& folder);

  /// Whether `create` found an existing home; true after `open`.
  bool was_there() const { return was_there_; }

  const std::filesystem::path& folder() const { return folder_; }  ///< Absolute.
  std::filesystem::path control_plane_file() const { return folder_ / "control-plane.sqlite"; }
  std::filesystem::path lake() const { return folder_ / "lake"; }
  std::filesystem::path temporary() const { return folder_ / "tmp"; }

  /// The right to change what is published. While another process has it, waits for up to `patience`, and calls
  /// `on_wait` once. Errors: kHomeLocked, kInterrupted.
  Result<FileLock> lock_for_writing(const Cancel& cancel = {}, std::chrono::milliseconds patience = {},
                                    const std::function<void()>& on_wait = {}) const;
  /// The right to take in runs; kIntakeLocked at once if another process has it.
  Result<IntakeLock> lock_for_intake() const;

  /// A new folder for the caller's temporary files; needs no lock of the home.
  Result<TemporaryFolder> make_temporary_folder() const;
  /// The same in the lake, for files that will be moved to their place there.
  Result<TemporaryFolder> make_incoming_folder() const;

  /// Whether the process that created the temporary folder of this name is alive.
  bool lives(const std::string& temporary_folder) const;

  /// Removes the folders of commands that ended without removing them, as after a crash. Returns them relative to the
  /// home, each with `/` at its end. Anything else beside such folders was not created here, and stays.
  Result<std::vector<std::string>> remove_abandoned_folders() const;
  /// What is beside the folders of commands without being one, relative to the home; a folder ends in `/`.
  Result<std::vector<std::string>> foreign_beside_folders() const;

  /// Where files of commands wait until they are published.
  std::filesystem::path incoming() const { return lake() / "incoming"; }

 private:
  Home(std::filesystem::path folder, bool was_there) : folder_(std::move(folder)), was_there_(was_there) {}
  std::filesystem::path folder_;
  bool was_there_;
};

}  // namespace apportion
