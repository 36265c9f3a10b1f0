/// ByteReader: a stream of bytes that is read once, from front to back. The seam between where bytes come from (folder,
/// blob storage) and what is done with them (gunzip, CSV).
#pragma once

#include <cstddef>
#include <span>

#include "foundation/base/result.h"

namespace apportion {

class ByteReader {
 public:
  virtual ~ByteReader() = default;
  /// Fills the front of `buffer` and returns how many bytes were written; 0 only at the end of the stream.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

}  // namespace apportion
