/// Reading a blob as a stream that downloads ahead.
///
/// The blob is fetched in ranges, several at once, each on condition that the blob is still the listed one. An
/// interrupted range continues at the byte where it stopped. At the end the size and, if storage has it, the MD5 of the
/// whole are compared: a stream that ends without an error is the whole blob. Memory is bounded by the budget.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "foundation/base/byte_reader.h"
#include "pipeline/fetch/blob_requests.h"

namespace apportion {

struct BlobToRead {
  std::string url;         ///< Without a SAS that the requests add.
  std::string place;       ///< For messages.
  std::int64_t bytes = 0;  ///< As listed; another size is an error.
  std::string version;     ///< ETag, with or without quotes. Empty: that of the first answer must not change.
  std::string md5;         ///< Of the whole, base64. Empty: what the answers say, if anything.
};

/// Errors of the reader: that of `written_over_error` if the blob is no longer the listed one, kBadInput if the bytes
/// are not what was promised, kUnreachable if a range broke too often, otherwise what Azure says.
std::unique_ptr<ByteReader> read_blob(std::shared_ptr<const BlobRequests> requests, BlobToRead blob);

}  // namespace apportion
