#include "foundation/base/file_copy.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"

namespace apportion {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

using OpenFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Result<void> write_chunk(int descriptor, std::string_view chunk, const std::filesystem::path& path) {
  while (!chunk.empty()) {
    const ssize_t written = ::write(descriptor, chunk.data(), chunk.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("cannot write the copy", path, errno);
    chunk.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

}  // namespace

Result<CopiedFile> copy_file(const std::filesystem::path& from, const std::filesystem::path& to, const Cancel& cancel) {
  const OpenFile input(std::fopen(from.c_str(), "rbe"), std::fclose);
  if (input == nullptr) return file_error("cannot read the file", from, errno);
  const int descriptor = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const OpenFile output(descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb"), std::fclose);
  if (output == nullptr) return file_error("cannot write the copy", to, errno);
  CopiedFile copied;
  std::vector<char> chunk(kChunkBytes);
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), input.get())) {
    if (cancel.requested()) return cancelled_error(from.string());
    APPORTION_TRY(write_chunk(descriptor, {chunk.data(), size}, to));
    copied.bytes += static_cast<std::int64_t>(size);
  }
  if (std::ferror(input.get()) != 0) return file_error("cannot read the file", from, errno);
  if (::fsync(descriptor) != 0) return file_error("cannot write the copy to the disk", to, errno);
  APPORTION_ASSIGN(copied.content_hash, content_hash_of(to));
  return copied;
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return file_error("cannot rename the file", to, errno);
  return ok();
}

}  // namespace apportion
