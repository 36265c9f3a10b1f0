/// BlobStore: a location where exports lie, seen as a flat list of named blobs. The seam between the pipeline and the
/// place: a folder today (`folder_store.h`), blob storage behind the same few calls. Nothing in it thinks of files.
///
/// Not thread-safe; readers that it gave out live on their own and may be used on other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"

namespace apportion {

struct Blob {
  std::string name;  ///< Path inside the location, with `/`: `actual/20261001-20261031/…/part_0_0001.csv`.
  std::int64_t bytes = 0;
  std::string version;  ///< Changes when the content does: an ETag, or what stands for it. Compared, never read.
};

class BlobStore {
 public:
  BlobStore() = default;
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;
  virtual ~BlobStore() = default;

  /// All blobs of the location, at any depth, ordered by name.
  virtual Result<std::vector<Blob>> list() = 0;

  /// The bytes of one blob, from its front. The reader may outlive the store.
  virtual Result<std::unique_ptr<ByteReader>> open(const std::string& name) = 0;

  /// The location for messages: what the user gave, without secrets.
  virtual std::string description() const = 0;

  /// A whole blob; kBadInput when it is larger than `bytes_max`.
  Result<std::string> read_whole(const std::string& name, std::uint64_t bytes_max);

  /// Location and blob in one, for messages.
  std::string place_of(const std::string& name) const {
    return name.empty() ? description() : description() + "/" + name;
  }
};

}  // namespace apportion
