/// Finding the bytes that mean something in CSV, 64 at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace apportion {

/// A bit for each of 64 bytes, the first byte lowest.
struct CsvMarks {
  std::uint64_t quotes = 0;
  std::uint64_t commas = 0;
  std::uint64_t line_feeds = 0;
};

inline constexpr std::size_t kBytesOfMarks = 64;

/// Marks the front of `bytes`, as much as there is room for in `marks`; returns how many of them were filled. Behind
/// the last byte nothing is marked.
std::size_t mark_csv(std::string_view bytes, std::span<CsvMarks> marks);

}  // namespace apportion
