#include "application/restore.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "application/azure_sessions.h"
#include "foundation/base/count_text.h"
#include "foundation/base/file_copy.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/utc_time.h"
#include "lake/lake.h"
#include "lake/layout.h"
#include "store/azure_catalog.h"
#include "store/people_book.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

// Stands in a home that is being restored; under its right name it makes the folder a home.
constexpr const char* kUnfinished = "control-plane.sqlite.restoring";
constexpr int kFilesBetweenProgress = 50;

Result<fs::path> absolute_folder(const fs::path& folder) {
  std::error_code failure;
  const fs::path absolute = fs::absolute(folder, failure).lexically_normal();
  if (failure) return file_error("cannot find the folder", folder, failure.value());
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

// Empties the folder of what an interrupted restoration left, and refuses any other content.
Result<void> clear_for_restoring(const fs::path& home) {
  std::error_code failure;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(home, failure), end; !failure && at != end; at.increment(failure))
    entries.push_back(at->path());
  if (failure == std::errc::no_such_file_or_directory) return ok();
  if (failure) return file_error("cannot read the folder", home, failure.value());
  const auto is_mark = [](const fs::path& entry) { return entry.filename().string().starts_with(kUnfinished); };
  const bool was_interrupted = std::ranges::any_of(entries, is_mark);
  const std::set<std::string> own = {"lake", "tmp", "key", "lock"};
  for (const fs::path& entry : entries) {
    const std::string name = entry.filename().string();
    if (was_interrupted && (own.contains(name) || is_mark(entry))) continue;
    return Error{ErrorId::kFolderNotEmpty, "a home can be restored into a new or empty folder only", home.string(),
                 fmt::format("it contains something else (`{}`)", name),
                 "choose another folder, this one stays as it is: " + step(Step::kChooseHome)};
  }
  // The marks go last: they say whose the others are.
  std::stable_partition(entries.begin(), entries.end(), std::not_fn(is_mark));
  for (const fs::path& entry : entries) {
    fs::remove_all(entry, failure);
    if (failure) return file_error("cannot remove what an interrupted restoration left", entry, failure.value());
  }
  return ok();
}

Result<void> require_space(const fs::path& home, std::int64_t bytes) {
  fs::path there = home;
  std::error_code failure;
  while (!fs::exists(there, failure) && there.has_relative_path()) there = there.parent_path();
  const fs::space_info space = fs::space(there, failure);
  if (failure || space.available >= static_cast<std::uintmax_t>(bytes)) return ok();
  return Error{ErrorId::kDiskFull, "there is not enough room for the home", there.string(),
               fmt::format("the backup has {} bytes, but only {} are free", bytes, space.available),
               "free some space, or choose a folder on another disk: " + step(Step::kChooseHome)};
}

std::string key_of(const SealedSecret& secret) {
  return SecretBox::fingerprint_of(secret.sealed).value_or(std::string());
}

Result<std::vector<SecretToGive>> sealed_secrets(ControlPlane& control_plane) {
  const AzureCatalog catalog = AzureCatalog::of(control_plane);
  std::vector<SecretToGive> secrets;
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  for (const Connection& connection : connections) {
    APPORTION_ASSIGN(const auto sealed, catalog.secrets(connection.id));
    for (const SealedSecret& secret : sealed) {
      secrets.push_back({"connection " + connection.name, secret.name, step_giving_secret(connection.name, secret.name),
                         key_of(secret)});
    }
  }
  APPORTION_ASSIGN(const auto channels, catalog.channels());
  for (const AlertChannel& channel : channels) {
    APPORTION_ASSIGN(const auto sealed, catalog.owned_secrets("alert:" + channel.name));
    const Step giving = channel.kind == "mail" ? Step::kAddMailChannel : Step::kAddWebhookChannel;
    for (const SealedSecret& secret : sealed)
      secrets.push_back(
          {"alert channel " + channel.name, secret.name, step(giving, {{"channel", channel.name}}), key_of(secret)});
  }
  return secrets;
}

// Of the identity provider; and of one-time codes, which the users have on their devices: nobody can enter them again.
Result<std::vector<SecretToGive>> sealed_secrets_of_people(const PeopleBook& people) {
  std::vector<SecretToGive> secrets;
  APPORTION_ASSIGN(const auto provider, people.identity_provider());
  if (provider && !provider->sealed_secret.empty()) {
    secrets.push_back({std::string(kIdentityProviderSecret.owner), std::string(kIdentityProviderSecret.purpose),
                       step(Step::kSetIdentityProvider),
                       SecretBox::fingerprint_of(provider->sealed_secret).value_or(std::string())});
  }
  APPORTION_ASSIGN(const auto users, people.users());
  for (const User& user : users) {
    APPORTION_ASSIGN(const auto secret, people.one_time_secret(user.id));
    if (!secret || !secret->confirmed) continue;
    secrets.push_back({"user " + user.name, "one-time-codes",
                       "the user signs in with a recovery code, or without codes once an owner took them away",
                       SecretBox::fingerprint_of(secret->sealed).value_or(std::string())});
  }
  return secrets;
}

BackupPart part_of(const LakeFile& file) { return {file.bytes, file.content_hash}; }

class Restorer {
 public:
  Restorer(const Clock& clock, const std::string& actor, const Cancel& cancel, const Talk& talk, RestoreReport& report)
      : clock_(clock), actor_(actor), cancel_(cancel), talk_(talk), report_(report) {}

  // Reads all of the backup.
  Result<void> look() {
    APPORTION_TRY(check_backup_file(backup().control_plane_file(), manifest().control_plane, true));
    if (manifest().key_file) APPORTION_TRY(check_backup_file(backup().key_file(), *manifest().key_file, true));
    return each_file([this](const LakeFile& file) {
      return check_backup_file(place_in_pool(backup().pool(), file.content_hash), part_of(file), true);
    });
  }

  Result<void> run() {
    APPORTION_TRY(make_folder(home()));
    std::error_code failure;
    fs::permissions(home(), fs::perms::owner_all, failure);
    if (failure) return file_error("cannot set the permissions of the folder", home(), failure.value());
    APPORTION_TRY(write_file_atomically(unfinished(), ""));
    APPORTION_TRY(make_folder(home() / "lake"));
    APPORTION_TRY(make_folder(home() / "tmp"));
    APPORTION_TRY(each_file([this](const LakeFile& file) { return bring(file); }));
    for (const fs::path& folder : folders_) APPORTION_TRY(sync_to_disk(folder));
    if (manifest().key_file) APPORTION_TRY(bring_part(backup().key_file(), *manifest().key_file, home() / "key"));
    APPORTION_TRY(bring_part(backup().control_plane_file(), manifest().control_plane, unfinished()));
    APPORTION_TRY(finish_control_plane());
    APPORTION_TRY(sync_to_disk(unfinished()));
    APPORTION_TRY(rename_file(unfinished(), home() / "control-plane.sqlite"));
    return sync_to_disk(home());
  }

 private:
  const Backup& backup() const { return report_.backup; }
  const BackupManifest& manifest() const { return report_.backup.manifest; }
  const fs::path& home() const { return report_.home; }
  fs::path unfinished() const { return report_.home / kUnfinished; }

  template <class Work>
  Result<void> each_file(const Work& work) {
    int done = 0;
    for (const LakeFile& file : manifest().files) {
      if (cancel_.requested()) return cancelled_error("");
      if (done++ % kFilesBetweenProgress == 0 && talk_)
        talk_(fmt::format("{} of {}", done, count_of(std::ssize(manifest().files), "file")));
      APPORTION_TRY(work(file));
    }
    return ok();
  }

  Result<void> bring(const LakeFile& file) {
    const fs::path path(file.path);
    if (path.is_absolute() || path.lexically_normal() != path || *path.begin() == "..") {
      return backup_damage(backup().folder / "manifest.json", fmt::format("`{}` lies outside the lake", file.path));
    }
    const fs::path place = home() / "lake" / file.path;
    APPORTION_TRY(make_folder(place.parent_path()));
    for (auto folder = place.parent_path(); folder != home(); folder = folder.parent_path()) folders_.insert(folder);
    return bring_part(place_in_pool(backup().pool(), file.content_hash), part_of(file), place);
  }

  // The bytes of the copy count, not those of the backup.
  Result<void> bring_part(const fs::path& source, const BackupPart& part, const fs::path& place) {
    APPORTION_TRY(check_backup_file(source, part, false));
    APPORTION_ASSIGN(const CopiedFile copied, copy_file(source, place, cancel_));
    if (copied.content_hash == part.content_hash && copied.bytes == part.bytes) return ok();
    return backup_damage(source, "its content is not what was written");
  }

  // The control plane must be sound by its own word, too, and name no other files than the backup has.
  Result<void> finish_control_plane() {
    APPORTION_ASSIGN(ControlPlane control_plane, ControlPlane::open(unfinished(), clock_, false));
    APPORTION_TRY(control_plane.check(PlaneCheck::kWhole));
    APPORTION_ASSIGN(const auto named, control_plane.known_lake_files());
    if (!std::ranges::equal(named, manifest().files, {}, &LakeFile::path, &LakeFile::path)) {
      return backup_damage(backup().folder / "manifest.json", "it names other files than the control plane");
    }
    APPORTION_ASSIGN(PeopleBook people, PeopleBook::open(unfinished(), clock_, [this] { return epoch_seconds(); }));
    if (manifest().key != BackupKey::kIncluded) {
      APPORTION_ASSIGN(report_.secrets, sealed_secrets(control_plane));
      APPORTION_ASSIGN(const auto of_people, sealed_secrets_of_people(people));
      report_.secrets.insert(report_.secrets.end(), of_people.begin(), of_people.end());
    }
    APPORTION_TRY(people.end_all_sessions({actor_}));
    control_plane.act_for(actor_);
    return control_plane.note("home.restore",
                              fmt::format("from {}, a backup of {}", backup().folder.string(), manifest().made_at));
  }

  std::int64_t epoch_seconds() const {
    return parse_utc_time(clock_.now()).value_or(UtcTime()).time_since_epoch().count();
  }

  const Clock& clock_;
  const std::string& actor_;
  const Cancel& cancel_;
  const Talk& talk_;
  RestoreReport& report_;
  std::set<fs::path> folders_;
};

// The pool of a backup, or of a folder of backups.
Result<fs::path> pool_of(const fs::path& from) {
  APPORTION_ASSIGN(const Backup backup, find_backup(from));
  return backup.pool();
}

}  // namespace

Result<RestoreReport> restore_home(const RestoreRequest& request, const Clock& clock, const std::string& actor,
                                   const Cancel& cancel, const Talk& talk) {
  RestoreReport report;
  APPORTION_ASSIGN(report.backup, find_backup(request.from));
  APPORTION_ASSIGN(report.home, absolute_folder(request.home));
  Restorer restorer(clock, actor, cancel, talk, report);
  if (request.dry_run) {
    APPORTION_TRY(restorer.look());
    return report;
  }
  APPORTION_TRY(clear_for_restoring(report.home));
  APPORTION_TRY(require_space(report.home, report.backup.manifest.bytes()));
  if (auto restored = restorer.run(); !restored) {
    static_cast<void>(clear_for_restoring(report.home));  // what stays, the next try removes
    return std::move(restored).error();
  }
  return report;
}

Result<RestoredFiles> restore_files(WritableWorkspace& writable, const fs::path& from, bool dry_run) {
  Workspace& workspace = writable.workspace;
  APPORTION_ASSIGN(const fs::path pool, pool_of(from));
  APPORTION_ASSIGN(const auto files, workspace.control_plane.known_lake_files());
  const Lake lake(workspace.home);
  RestoredFiles result;
  for (const LakeFile& file : files) {
    if (workspace.cancel.requested()) return cancelled_error("");
    if (!lake.damage_of(file, FileCheck::kContent)) continue;
    const fs::path source = file.content_hash.empty() ? fs::path() : place_in_pool(pool, file.content_hash);
    if (source.empty() || !check_backup_file(source, part_of(file), true)) {
      result.lacking.push_back(file.path);
      continue;
    }
    result.restored.push_back(file.path);
    if (dry_run) continue;
    const fs::path place = lake.path_of(file);
    const fs::path partial = place.parent_path() / restoring_name(place.filename().string());
    APPORTION_TRY(make_folder(place.parent_path()));
    APPORTION_ASSIGN(const CopiedFile copied, copy_file(source, partial, workspace.cancel));
    if (copied.content_hash != file.content_hash) return backup_damage(source, "its content is not what was written");
    APPORTION_TRY(rename_file(partial, place));
    APPORTION_TRY(sync_to_disk(place.parent_path()));
  }
  if (!dry_run && !result.restored.empty()) {
    APPORTION_TRY(workspace.control_plane.note(
        "lake.restore", fmt::format("{} from {}", count_of(std::ssize(result.restored), "file"), from.string())));
  }
  return result;
}

}  // namespace apportion
