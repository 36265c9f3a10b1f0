/// Reading a blob as a stream that downloads ahead.
///
/// The blob is fetched in ranges, several at once, each on condition that the blob is still the listed one. A range
/// that breaks goes on at the byte where it stopped. At the end the bytes and, where storage knows it, the MD5 of the
/// whole are compared: what ends without an error is the whole blob. Memory is bounded by the budget.
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
  std::string version;     ///< ETag, with or without quotes. Empty: the first answer's is held to.
  std::string md5;         ///< Of the whole, base64. Empty: what the answers say, if anything.
};

/// Errors of the reader: that of `written_over_error` when the blob is not the listed one any more, kBadInput when
/// bytes are not what was promised, kUnreachable when a range broke too often, else what Azure says.
std::unique_ptr<ByteReader> read_blob(std::shared_ptr<const BlobRequests> requests, BlobToRead blob);

}  // namespace apportion
