#include "lake/incoming_files.h"

#include <system_error>
#include <utility>
#include <vector>

#include "foundation/base/files.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

// Forces the folder and those above it, up to the lake, to the disk: a rename is durable only then.
Result<void> sync_folders(fs::path folder, const fs::path& lake) {
  while (true) {
    APPORTION_TRY(sync_to_disk(folder));
    if (folder == lake || folder == folder.parent_path()) return ok();
    folder = folder.parent_path();
  }
}

// The folders that hold files.
Result<std::vector<fs::path>> folders_with_files(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(root, failure), end; !failure && at != end; at.increment(failure)) {
    const fs::path folder = at->path().parent_path();
    if (!at->is_directory() && (folders.empty() || folders.back() != folder)) folders.push_back(folder);
  }
  if (failure && failure != std::errc::no_such_file_or_directory)
    return file_error("cannot read the folder", root, failure.value());
  return folders;
}

Result<void> move_folder(const fs::path& from, const fs::path& to, const fs::path& lake) {
  APPORTION_TRY(make_folder(to.parent_path()));
  APPORTION_TRY(sync_to_disk(from));
  std::error_code failure;
  fs::rename(from, to, failure);
  if (failure) return file_error("cannot move files into the lake", to, failure.value());
  return sync_folders(to.parent_path(), lake);
}

}  // namespace

Result<IncomingFiles> IncomingFiles::make(const Home& home) {
  APPORTION_ASSIGN(TemporaryFolder folder, home.make_incoming_folder());
  return IncomingFiles(home.lake(), std::move(folder));
}

fs::path IncomingFiles::folder_of(const LakePlace& place) const { return files() / lake_folder(place); }

Result<void> IncomingFiles::move_in() {
  APPORTION_ASSIGN(const auto folders, folders_with_files(files()));
  for (const fs::path& folder : folders)
    APPORTION_TRY(move_folder(folder, lake_ / folder.lexically_relative(files()), lake_));
  return ok();
}

LakeFile IncomingFiles::moved(LakeFile file) const {
  const std::string prefix = files().lexically_relative(lake_).generic_string() + "/";
  if (file.path.starts_with(prefix)) file.path.erase(0, prefix.size());
  return file;
}

}  // namespace apportion
