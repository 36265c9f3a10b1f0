#include "pipeline/fetch/blob_store.h"

#include <array>
#include <span>

#include <fmt/format.h>

namespace apportion {

Result<std::string> BlobStore::read_whole(const std::string& name, std::uint64_t bytes_max) {
  APPORTION_ASSIGN(const auto reader, open(name));
  std::string content;
  std::array<char, 1 << 16> buffer;
  while (true) {
    APPORTION_ASSIGN(const std::size_t count, reader->read(buffer));
    if (count == 0) return content;
    if (content.size() + count > bytes_max) {
      return Error{ErrorCode::kBadInput, "file too large", place_of(name),
                   fmt::format("at most {} bytes were expected", bytes_max), "check that it is the right file"};
    }
    content.append(buffer.data(), count);
  }
}

}  // namespace apportion
