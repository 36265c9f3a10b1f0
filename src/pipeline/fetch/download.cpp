#include "pipeline/fetch/download.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/disk_space.h"
#include "foundation/base/files.h"

namespace apportion {
namespace {

// What a download leaves free, so that it does not stop the rest of the machine.
constexpr std::int64_t kKeepFree = std::int64_t{64} << 20;
constexpr std::size_t kPieceBytes = 1 << 20;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

Result<void> check_room(std::int64_t bytes, const std::filesystem::path& path) {
  APPORTION_ASSIGN(const DiskSpace space, disk_space_of(path.parent_path()));
  if (space.free_bytes >= static_cast<std::uintmax_t>(bytes + kKeepFree)) return ok();
  return Error{ErrorId::kDiskFullForDownload, "the disk has no room for a download", path.parent_path().string(),
               fmt::format("{} bytes are needed; {} are free", bytes + kKeepFree, space.free_bytes),
               "free some space, or have the export write smaller parts"};
}

Result<void> copy_all(ByteReader& reader, std::int64_t bytes, const std::string& place,
                      const std::filesystem::path& path) {
  const auto wrong_size = [&](std::int64_t arrived) {
    return Error{ErrorId::kDownloadSizeMismatch, "a download does not have the listed size", place,
                 fmt::format("{} bytes were listed; {} arrived", bytes, arrived), "try again"};
  };
  File file(std::fopen(path.c_str(), "wbx"));
  if (file == nullptr) return file_error("cannot create the file of a download", path, errno);
  std::vector<char> piece(kPieceBytes);
  std::int64_t arrived = 0;
  while (true) {
    APPORTION_ASSIGN(const std::size_t count, reader.read(piece));
    if (count == 0) break;
    arrived += static_cast<std::int64_t>(count);
    if (arrived > bytes) return wrong_size(arrived);
    if (std::fwrite(piece.data(), 1, count, file.get()) != count) return file_error("cannot write", path, errno);
  }
  if (arrived != bytes) return wrong_size(arrived);
  if (std::fflush(file.get()) != 0) return file_error("cannot write", path, errno);
  return ok();
}

}  // namespace

Result<void> download(ByteReader& reader, std::int64_t bytes, const std::string& place,
                      const std::filesystem::path& path) {
  APPORTION_TRY(check_room(bytes, path));
  auto copied = copy_all(reader, bytes, place, path);
  std::error_code ignored;
  if (!copied) std::filesystem::remove(path, ignored);
  return copied;
}

}  // namespace apportion
