#include "pipeline/fetch/blob_store.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace apportion {
namespace {

constexpr std::string_view kWrittenOver = "the run was overwritten while it was being read";

}  // namespace

Result<std::vector<Blob>> BlobStore::list_below(const std::string& folder) {
  APPORTION_ASSIGN(std::vector<Blob> blobs, list());
  if (folder.empty()) return blobs;
  std::erase_if(blobs, [start = folder + "/"](const Blob& blob) { return !blob.name.starts_with(start); });
  return blobs;
}

Error written_over_error(std::string where, std::string why) {
  return {ErrorId::kRunWrittenOver, std::string(kWrittenOver), std::move(where),
          std::move(why) + "; nothing of it was imported", "try again when the export has finished"};
}

bool is_written_over(const Error& error) { return error.id == ErrorId::kRunWrittenOver; }

Result<std::string> BlobStore::read_whole(const std::string& name, std::uint64_t bytes_max) {
  APPORTION_ASSIGN(const auto reader, open(name));
  std::string content;
  std::array<char, 1 << 16> buffer;
  while (true) {
    APPORTION_ASSIGN(const std::size_t count, reader->read(buffer));
    if (count == 0) return content;
    if (content.size() + count > bytes_max) {
      return Error{ErrorId::kFileTooLarge, "the file is too large", place_of(name),
                   fmt::format("at most {} bytes were expected", bytes_max), "check that it is the right file"};
    }
    content.append(buffer.data(), count);
  }
}

}  // namespace apportion
