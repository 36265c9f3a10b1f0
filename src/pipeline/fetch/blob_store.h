/// BlobStore: a location of exports, seen as a flat list of named blobs. The seam between the pipeline and the
/// place: a folder (`folder_store.h`), blob storage (`azure_blob_store.h`), a report (`cost_details_store.h`).
///
/// Not thread-safe; its readers are independent and may be used on other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"

namespace apportion {

struct Blob {
  std::string name;  ///< Path inside the location, with `/`: `actual/20261001-20261031/…/part_0_0001.csv`.
  std::int64_t bytes = 0;
  std::string version;  ///< Changes if the content does: an ETag, or its equivalent. Compared, never interpreted.
};

class BlobStore {
 public:
  BlobStore() = default;
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;
  virtual ~BlobStore() = default;

  /// All blobs of the location, at any depth, ordered by name.
  virtual Result<std::vector<Blob>> list() = 0;

  /// Those below one folder (`actual/20261001-20261031`; empty: all), as they are now. What `open` reads stays what
  /// `list` found last.
  virtual Result<std::vector<Blob>> list_below(const std::string& folder);

  /// What the last `list` left out, with the reason.
  virtual std::vector<std::string> notes() const { return {}; }

  /// The bytes of one blob, from the beginning. The reader may outlive the store.
  virtual Result<std::unique_ptr<ByteReader>> open(const std::string& name) = 0;

  /// The blob's path on this machine, for engines that read files; empty if it is elsewhere.
  virtual std::string local_path(const std::string& /*name*/) const { return {}; }

  /// The location as given, without secrets, for messages.
  virtual std::string description() const = 0;

  /// A whole blob; kBadInput when it is larger than `bytes_max`.
  Result<std::string> read_whole(const std::string& name, std::uint64_t bytes_max);

  /// Location and blob in one, for messages.
  std::string place_of(const std::string& name) const {
    return name.empty() ? description() : description() + "/" + name;
  }
};

/// The error for a blob that is no longer the one that was listed. Reading the location again may help immediately.
Error written_over_error(std::string where, std::string why);
bool is_written_over(const Error& error);

}  // namespace apportion
