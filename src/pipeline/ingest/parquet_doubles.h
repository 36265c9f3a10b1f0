/// Numbers of Parquet files that are DOUBLE, as texts. Nothing computes with them.
#pragma once

#include <string_view>

#include "foundation/base/text_arena.h"

namespace apportion {

/// The text of the number whose 8 bytes are at `bytes`, as the engine casts it: the fewest digits that tell it from
/// others, without exponent from 0.0001 to below 10^16. From 2^50 on, the engine may write a digit more.
std::string_view text_of_double(const char* bytes, TextArena& arena);

}  // namespace apportion
