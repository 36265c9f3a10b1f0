/// CSV whose cells are separated by another mark than the comma, read as if it were one. Internal to this module.
#pragma once

#include <memory>

#include "foundation/base/byte_reader.h"

namespace apportion {

/// The same records with commas between their cells; cells that have a comma are put in quotes. Lines stay where they
/// are.
std::unique_ptr<ByteReader> with_commas(std::unique_ptr<ByteReader> bytes, char separator);

}  // namespace apportion
