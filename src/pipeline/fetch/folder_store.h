/// A folder as a BlobStore: exports that were copied to a disk, or that a mounted share shows.
///
/// Only what is really in the folder is visible. Links to files inside it are read; links to folders are not followed
/// and links that lead out of it are left out, so that an export can never refer to anything else on the machine.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/fetch/blob_store.h"

namespace apportion {

/// The folder that a location names: a path as it is, or a `file:///…` URL with percent-encoding undone. Errors
/// (kExportsFolderMissing): empty, another scheme, another host, broken percent-encoding.
Result<std::filesystem::path> folder_of_location(std::string_view location);

class FolderStore final : public BlobStore {
 public:
  /// Opens the folder of a location. Errors: those of `folder_of_location`, no such folder, no permission to read it.
  static Result<std::unique_ptr<FolderStore>> at(std::string_view location);

  Result<std::vector<Blob>> list() override;
  /// Errors: kUnreadableInput when there is no such file or it may not be read; kPathOutsideLocation when the name is
  /// absolute, has `.` or `..` in it or leads out of the folder by a link.
  Result<std::unique_ptr<ByteReader>> open(const std::string& name) override;
  std::string local_path(const std::string& name) const override { return (root_ / name).string(); }
  std::string description() const override { return root_.string(); }

 private:
  explicit FolderStore(std::filesystem::path root) : root_(std::move(root)) {}
  /// Whether `path`, with links resolved, is inside the folder.
  bool stays_inside(const std::filesystem::path& path) const;

  std::filesystem::path root_;  // canonical
};

}  // namespace apportion
