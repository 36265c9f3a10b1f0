/// Decompressing gzip while reading.
#pragma once

#include <memory>
#include <string>

#include "foundation/base/byte_reader.h"

namespace apportion {

/// A reader of the decompressed bytes of `packed` (owned). Several gzip members one after another are one stream. A
/// stream that ends before its last member does, or whose checksum is wrong, is an error that names `file_name`.
std::unique_ptr<ByteReader> make_gzip_reader(std::string file_name, std::unique_ptr<ByteReader> packed);

}  // namespace apportion
