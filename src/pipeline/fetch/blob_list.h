/// One page of storage's list of blobs, read from its XML.
///
/// Source: Azure's reference of List Blobs. Document types are refused, so no entity can be made to grow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace apportion {

struct ListedBlob {
  std::string path;  ///< In the container.
  std::int64_t bytes = 0;
  std::string version;  ///< ETag.
  std::string md5;      ///< Base64; empty if storage knows none.
  bool is_folder = false;
};

struct BlobListPage {
  std::vector<ListedBlob> blobs;
  std::string next_marker;  ///< Empty on the last page.
};

/// Errors (kBadInput) name `place` and what is wrong.
Result<BlobListPage> read_blob_list(std::string_view xml, const std::string& place);

}  // namespace apportion
