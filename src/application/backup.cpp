#include "application/backup.h"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "azure/http.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/count_text.h"
#include "foundation/base/file_copy.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "lake/lake.h"
#include "store/azure_catalog.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr int kFilesBetweenProgress = 50;

Result<fs::path> folder_for_backups(const fs::path& to, const fs::path& home) {
  std::error_code failure;
  fs::path folder = fs::weakly_canonical(fs::absolute(to, failure), failure);
  if (failure) return file_error("cannot find the folder", to, failure.value());
  if (!folder.has_filename()) folder = folder.parent_path();
  const fs::path of_home = fs::weakly_canonical(home, failure);
  if (!lies_within(folder, of_home)) return folder;
  return Error{ErrorId::kBackupInsideHome, "a backup cannot be kept inside the home that it is made of",
               folder.string(), "whatever destroys the home would destroy the backup too",
               "choose a folder elsewhere, preferably on another disk"};
}

// A folder that is not there, is empty, or holds backups.
Result<void> refuse_other_content(const fs::path& folder) {
  const std::set<std::string> own = {"files", "lock", "tmp"};
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    const bool is_backup = fs::exists(at->path() / "manifest.json");
    if (own.contains(name) || is_backup) continue;
    return Error{ErrorId::kFolderNotEmpty, "this folder cannot hold backups", folder.string(),
                 fmt::format("it contains something else (`{}`)", name),
                 "choose a new or empty folder, or one that already holds backups"};
  }
  if (failure) return file_error("cannot read the folder", folder, failure.value());
  return ok();
}

Result<void> prepare_folder(const fs::path& folder) {
  std::error_code failure;
  if (!fs::exists(folder, failure)) {
    APPORTION_TRY(make_folder(folder));
    fs::permissions(folder, fs::perms::owner_all, failure);  // it holds what the home holds
    if (failure) return file_error("cannot set the permissions of the folder", folder, failure.value());
  }
  return refuse_other_content(folder);
}

class BackupMaker {
 public:
  BackupMaker(Workspace& workspace, const BackupRequest& request, fs::path folder)
      : workspace_(workspace), request_(request), folder_(std::move(folder)) {}

  Result<BackupReport> run() {
    APPORTION_TRY(begin());
    APPORTION_TRY(copy_control_plane_with_key());
    APPORTION_TRY(copy_lake());
    APPORTION_TRY(finish());
    return report_;
  }

 private:
  fs::path temporary() const { return folder_ / "tmp"; }
  fs::path unfinished() const { return temporary() / "backup"; }
  BackupManifest& manifest() { return report_.backup.manifest; }

  Result<void> begin() {
    std::error_code failure;
    fs::remove_all(temporary(), failure);  // what an interrupted backup left
    if (failure) return file_error("cannot remove what an interrupted backup left", temporary(), failure.value());
    APPORTION_TRY(make_folder(unfinished()));
    APPORTION_TRY(make_folder(folder_ / "files"));
    APPORTION_ASSIGN(const std::int64_t last, last_backup_number(folder_));
    manifest().number = last + 1;
    manifest().made_at = workspace_.clock.now();
    manifest().program = request_.program;
    manifest().home = workspace_.home.folder().string();
    report_.backup.folder = folder_ / backup_name(manifest());
    return ok();
  }

  // A rotation of the key between the two would leave secrets that the key of the backup does not open.
  Result<void> copy_control_plane_with_key() {
    for (;;) {
      APPORTION_TRY(copy_key());
      const auto before = manifest().key_file;
      APPORTION_TRY(copy_control_plane());
      APPORTION_TRY(copy_key());
      if (before == manifest().key_file) return ok();
    }
  }

  Result<void> copy_control_plane() {
    const fs::path copy = unfinished() / "control-plane.sqlite";
    APPORTION_TRY(workspace_.control_plane.copy_to(copy));
    APPORTION_TRY(read_copy(copy));
    APPORTION_TRY(sync_to_disk(copy));
    APPORTION_ASSIGN(manifest().control_plane, part_of(copy));
    return ok();
  }

  // What the copy says is what the backup is: the home may go on.
  Result<void> read_copy(const fs::path& copy) {
    APPORTION_ASSIGN(ControlPlane control_plane, ControlPlane::open(copy, workspace_.clock, false));
    auto whole = control_plane.check(PlaneCheck::kWhole);
    if (!whole) {
      Error damage = std::move(whole).error();
      damage.next = "nothing was backed up, and older backups are unchanged; " + damage.next;
      return damage;
    }
    APPORTION_ASSIGN(manifest().files, control_plane.known_lake_files());
    APPORTION_ASSIGN(has_secrets_, AzureCatalog::of(control_plane).has_secrets());
    return ok();
  }

  static Result<BackupPart> part_of(const fs::path& file) {
    std::error_code failure;
    BackupPart part;
    part.bytes = static_cast<std::int64_t>(fs::file_size(file, failure));
    if (failure) return file_error("cannot read the file", file, failure.value());
    APPORTION_ASSIGN(part.content_hash, content_hash_of(file));
    return part;
  }

  Result<void> copy_lake() {
    int done = 0;
    for (LakeFile& file : manifest().files) {
      if (workspace_.cancel.requested()) return cancelled_error("");
      if (done++ % kFilesBetweenProgress == 0 && workspace_.talk) {
        workspace_.talk(fmt::format("{} of {}", done, count_of(std::ssize(manifest().files), "file")));
      }
      APPORTION_TRY(keep(file));
    }
    for (const fs::path& changed : changed_folders_) APPORTION_TRY(sync_to_disk(changed));
    return ok();
  }

  // Brings a file of the lake into the folder, unless it is there as it should be.
  Result<void> keep(LakeFile& file) {
    const fs::path source = Lake(workspace_.home).path_of(file);
    if (file.content_hash.empty()) {  // published by a version that kept no hashes
      APPORTION_TRY(Lake(workspace_.home).check(std::span(&file, 1), FileCheck::kSize));
      APPORTION_ASSIGN(file.content_hash, content_hash_of(source));
    }
    const fs::path place = place_in_pool(folder_ / "files", file.content_hash);
    if (check_backup_file(place, {file.bytes, file.content_hash}, !request_.quick)) {
      ++report_.files_kept;
      return ok();
    }
    const fs::path partial = temporary() / file.content_hash;
    const auto copied = copy_file(source, partial, workspace_.cancel);
    const bool is_right = copied && copied->content_hash == file.content_hash && copied->bytes == file.bytes;
    if (!is_right) return why_not_copied(file, copied, partial);
    APPORTION_TRY(make_folder(place.parent_path()));
    APPORTION_TRY(rename_file(partial, place));
    changed_folders_.insert(place.parent_path());
    changed_folders_.insert(folder_ / "files");
    ++report_.files_copied;
    report_.bytes_copied += file.bytes;
    return ok();
  }

  Error why_not_copied(const LakeFile& file, const Result<CopiedFile>& copied, const fs::path& partial) const {
    if (!copied && copied.error().kind() == ErrorKind::kCancelled) return copied.error();
    if (auto damage = Lake(workspace_.home).damage_of(file, FileCheck::kContent)) {
      damage->next = "nothing was backed up, and older backups are unchanged; " + damage->next;
      return *std::move(damage);
    }
    return copied ? backup_damage(partial, "the disk does not return what was written to it") : copied.error();
  }

  Result<void> copy_key() {
    const fs::path key = workspace_.home.folder() / "key";
    std::error_code failure;
    const bool has_key = fs::exists(key, failure);
    if (failure) return file_error("cannot look at", key, failure.value());
    manifest().key = has_key ? (request_.with_key ? BackupKey::kIncluded : BackupKey::kLeftOut)
                             : (has_secrets_ ? BackupKey::kElsewhere : BackupKey::kNone);
    if (manifest().key != BackupKey::kIncluded) return ok();
    APPORTION_ASSIGN(const CopiedFile copied, copy_file(key, unfinished() / "key", workspace_.cancel));
    manifest().key_file = BackupPart{copied.bytes, copied.content_hash};
    return ok();
  }

  // Only a whole backup gets its name.
  Result<void> finish() {
    APPORTION_TRY(write_file_atomically(unfinished() / "manifest.json", manifest_text(manifest())));
    APPORTION_TRY(sync_to_disk(unfinished()));
    APPORTION_TRY(rename_file(unfinished(), report_.backup.folder));
    APPORTION_TRY(sync_to_disk(folder_));
    std::error_code failure;
    fs::remove_all(temporary(), failure);  // what cannot be removed now, the next backup removes
    return workspace_.control_plane.note(
        "backup.make", fmt::format("{}, {}", report_.backup.folder.string(),
                                   manifest().key == BackupKey::kIncluded ? "with the key" : "without a key"));
  }

  Workspace& workspace_;
  const BackupRequest& request_;
  const fs::path folder_;
  BackupReport report_;
  bool has_secrets_ = false;
  std::set<fs::path> changed_folders_;
};

}  // namespace

// Taken for a path, a URL would become a folder here, with its secrets as part of the name.
Result<void> check_backup_place(const std::string& to) {
  if (to.find("://") == std::string::npos) return ok();
  return Error{ErrorId::kBackupPlaceNotFolder, "a backup goes into a folder, not to a URL", shown_url(to),
               "apportion does not write to storage accounts",
               "choose a folder, and copy it from there: " + step(Step::kNameBackupFolder)};
}

Result<BackupReport> make_backup(Workspace& workspace, const BackupRequest& request) {
  APPORTION_ASSIGN(const fs::path folder, folder_for_backups(request.to, workspace.home.folder()));
  APPORTION_TRY(prepare_folder(folder));
  auto lock = FileLock::acquire(folder / "lock");
  if (!lock) {
    Error error = std::move(lock).error();
    if (error.kind() == ErrorKind::kBusy) error.what = "another apportion process is writing a backup to this folder";
    return error;
  }
  return BackupMaker(workspace, request, folder).run();
}

}  // namespace apportion
