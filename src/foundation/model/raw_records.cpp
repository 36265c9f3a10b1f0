#include "foundation/model/raw_records.h"

#include <cstring>

namespace apportion {
namespace {

// A text between quotes, each quote in it doubled.
std::string_view undoubled(std::string_view raw, TextArena& arena) {
  char* const text = arena.allocate(raw.size());
  char* end = text;
  std::size_t from = 0;
  while (true) {
    const std::size_t quote = raw.find('"', from);
    const std::size_t count = (quote == std::string_view::npos ? raw.size() : quote + 1) - from;
    std::memcpy(end, raw.data() + from, count);
    end += count;
    if (quote == std::string_view::npos) return {text, static_cast<std::size_t>(end - text)};
    from = quote + 2;
  }
}

}  // namespace

std::string_view RawRecords::text(std::size_t record, std::size_t column, TextArena& arena) const {
  std::string_view raw = fields(record, column, column);
  const bool is_before_line_feed = column + 1 == columns;
  if (is_before_line_feed && raw.ends_with('\r')) raw.remove_suffix(1);
  if (!raw.starts_with('"')) return raw;
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  return inside.find('"') == std::string_view::npos ? inside : undoubled(inside, arena);
}

}  // namespace apportion
