#include "lake/parquet_encoding.h"

#include <algorithm>
#include <array>
#include <bit>

#include "foundation/base/check.h"

namespace apportion::parquet {
namespace {

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

// Packs values of `width` bits, least significant bit first. The number of values must be a multiple of 8.
template <class Value>
void put_packed(std::string& out, std::span<const Value> values, int width) {
  if (width == 0) return;
  std::uint64_t buffer = 0;
  int filled = 0;
  const std::size_t bytes = values.size() * static_cast<std::size_t>(width) / 8;
  const std::size_t start = out.size();
  out.resize(start + bytes);
  char* at = out.data() + start;
  for (const Value value : values) {
    buffer |= static_cast<std::uint64_t>(value) << filled;
    const int before = filled;
    filled += width;
    if (filled >= 64) {
      for (int i = 0; i < 8; ++i) *at++ = static_cast<char>(buffer >> (8 * i));
      filled -= 64;
      buffer = before == 0 ? 0 : static_cast<std::uint64_t>(value) >> (64 - before);
      if (filled == 0) buffer = 0;
    }
  }
  for (; filled > 0; filled -= 8, buffer >>= 8) *at++ = static_cast<char>(buffer);
}

void put_run(std::string& out, std::uint32_t value, std::size_t length, int width) {
  put_varint(out, static_cast<std::uint64_t>(length) << 1);
  for (int bits = 0; bits < width; bits += 8) out += static_cast<char>(value >> bits);
}

void put_literals(std::string& out, std::span<const std::uint32_t> values, int width) {
  const std::size_t groups = (values.size() + 7) / 8;
  put_varint(out, (static_cast<std::uint64_t>(groups) << 1) | 1);
  const std::size_t whole = values.size() / 8 * 8;
  put_packed(out, values.first(whole), width);
  if (whole < values.size()) {
    std::array<std::uint32_t, 8> last{};
    std::copy(values.begin() + static_cast<std::ptrdiff_t>(whole), values.end(), last.begin());
    put_packed(out, std::span<const std::uint32_t>(last), width);
  }
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void ThriftWriter::begin_struct() { last_ids_.push_back(0); }

void ThriftWriter::end_struct() {
  out_->push_back('\0');
  last_ids_.pop_back();
}

void ThriftWriter::field_header(int id, int type) {
  const int step = id - last_ids_.back();
  APPORTION_CHECK(step > 0, "thrift fields must be written in ascending order");
  last_ids_.back() = id;
  if (step <= 15) {
    out_->push_back(static_cast<char>((step << 4) | type));
  } else {
    out_->push_back(static_cast<char>(type));
    put_varint(*out_, zigzag(id));
  }
}

void ThriftWriter::field_i32(int id, std::int32_t value) {
  field_header(id, kTypeI32);
  put_varint(*out_, zigzag(value));
}

void ThriftWriter::field_i64(int id, std::int64_t value) {
  constexpr int kTypeI64 = 6;
  field_header(id, kTypeI64);
  put_varint(*out_, zigzag(value));
}

void ThriftWriter::field_text(int id, std::string_view value) {
  field_header(id, kTypeText);
  element_text(value);
}

void ThriftWriter::field_struct(int id) {
  field_header(id, kTypeStruct);
  begin_struct();
}

void ThriftWriter::field_list(int id, int element_type, std::size_t size) {
  constexpr int kTypeList = 9;
  field_header(id, kTypeList);
  if (size < 15) {
    out_->push_back(static_cast<char>((size << 4) | static_cast<std::size_t>(element_type)));
  } else {
    out_->push_back(static_cast<char>(0xf0 | element_type));
    put_varint(*out_, size);
  }
}

void ThriftWriter::element_i32(std::int32_t value) { put_varint(*out_, zigzag(value)); }

void ThriftWriter::element_text(std::string_view value) {
  put_varint(*out_, value.size());
  out_->append(value);
}

int bit_width(std::uint32_t largest) { return static_cast<int>(std::bit_width(largest)); }

void put_rle(std::string& out, std::span<const std::uint32_t> values, int width) {
  // A run of at least this many equal values is cheaper as a run than as literals.
  constexpr std::size_t kRunMin = 16;
  std::size_t literal_start = 0;
  std::size_t at = 0;
  while (at < values.size()) {
    std::size_t end = at + 1;
    while (end < values.size() && values[end] == values[at]) ++end;
    // Literals come in groups of 8: a run may begin only where a group ends.
    const std::size_t run_start = literal_start + (at - literal_start + 7) / 8 * 8;
    if (run_start < end && end - run_start >= kRunMin) {
      if (run_start > literal_start) put_literals(out, values.subspan(literal_start, run_start - literal_start), width);
      put_run(out, values[at], end - run_start, width);
      literal_start = end;
    }
    at = end;
  }
  if (literal_start < values.size()) put_literals(out, values.subspan(literal_start), width);
}

void put_delta(std::string& out, std::span<const std::int64_t> values) {
  constexpr std::size_t kBlock = 128;
  constexpr std::size_t kMiniBlocks = 4;
  constexpr std::size_t kMiniBlock = kBlock / kMiniBlocks;
  APPORTION_CHECK(!values.empty(), "no integers to encode");
  put_varint(out, kBlock);
  put_varint(out, kMiniBlocks);
  put_varint(out, values.size());
  put_varint(out, zigzag(values[0]));
  std::array<std::int64_t, kBlock> deltas{};
  for (std::size_t start = 1; start < values.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, values.size() - start);
    for (std::size_t i = 0; i < count; ++i) deltas[i] = values[start + i] - values[start + i - 1];
    const std::int64_t smallest =
        *std::min_element(deltas.begin(), deltas.begin() + static_cast<std::ptrdiff_t>(count));
    put_varint(out, zigzag(smallest));
    std::array<std::uint64_t, kBlock> above{};
    for (std::size_t i = 0; i < count; ++i) above[i] = static_cast<std::uint64_t>(deltas[i] - smallest);
    std::array<int, kMiniBlocks> widths{};
    for (std::size_t m = 0; m < kMiniBlocks; ++m) {
      const auto* first = above.data() + m * kMiniBlock;
      widths[m] = static_cast<int>(std::bit_width(*std::max_element(first, first + kMiniBlock)));
      out += static_cast<char>(widths[m]);
    }
    for (std::size_t m = 0; m * kMiniBlock < count; ++m) {
      put_packed(out, std::span<const std::uint64_t>(above).subspan(m * kMiniBlock, kMiniBlock), widths[m]);
    }
  }
}

}  // namespace apportion::parquet
