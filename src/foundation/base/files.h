/// Files and folders, with durability spelled out and errors that say what to do.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

/// The whole file; an error when it is not there, not readable, or larger than `bytes_max`.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t bytes_max = 1ULL << 30);

/// Writes a file so that a crash leaves the old or the new content: temporary file beside it, fsync, rename, fsync of
/// the folder.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Makes a folder and its parents; no error when it is there.
Result<void> make_folder(const std::filesystem::path& path);

/// Forces a file's or folder's content to the disk.
Result<void> sync_to_disk(const std::filesystem::path& path);

/// Whether `inner` is a folder or lies in it, as both are written: links are for the caller to resolve.
bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& folder);

/// An `Error` for a failed system call on a path, from `errno` or an error code: tells disk full, no permission,
/// read-only and not found apart, each with its remedy.
Error file_error(std::string what, const std::filesystem::path& path, int system_error);

/// An exclusive lock on a file, held until destruction or the death of the process. Fails with `kLocked` at once when
/// another process holds it.
class FileLock {
 public:
  static Result<FileLock> acquire(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace apportion
