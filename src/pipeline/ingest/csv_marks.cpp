#include "pipeline/ingest/csv_marks.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace apportion {
namespace {

using MarkPieces = void (*)(const char* bytes, std::size_t pieces, CsvMarks* marks);

#if defined(__x86_64__)

__attribute__((target("avx2"))) inline std::uint64_t equal_to(__m256i first, __m256i second, __m256i wanted) {
  const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, wanted)));
  const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(second, wanted)));
  return low | static_cast<std::uint64_t>(high) << 32;
}

__attribute__((target("avx2"))) void mark_with_avx2(const char* bytes, std::size_t pieces, CsvMarks* marks) {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i comma = _mm256_set1_epi8(',');
  const __m256i line_feed = _mm256_set1_epi8('\n');
  for (std::size_t piece = 0; piece < pieces; ++piece, bytes += kBytesOfMarks) {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
    const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32));
    marks[piece] = {equal_to(first, second, quote), equal_to(first, second, comma), equal_to(first, second, line_feed)};
  }
}

std::uint64_t equal_to(const __m128i (&parts)[4], char wanted) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) {
    const auto found = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(parts[i], _mm_set1_epi8(wanted))));
    bits |= static_cast<std::uint64_t>(found) << (16 * i);
  }
  return bits;
}

// What every x86-64 processor can.
void mark_anywhere(const char* bytes, std::size_t pieces, CsvMarks* marks) {
  for (std::size_t piece = 0; piece < pieces; ++piece, bytes += kBytesOfMarks) {
    __m128i parts[4];
    for (int i = 0; i < 4; ++i) parts[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * i));
    marks[piece] = {equal_to(parts, '"'), equal_to(parts, ','), equal_to(parts, '\n')};
  }
}

const MarkPieces mark_pieces = __builtin_cpu_supports("avx2") ? mark_with_avx2 : mark_anywhere;

#else

void mark_pieces(const char* bytes, std::size_t pieces, CsvMarks* marks) {
  for (std::size_t piece = 0; piece < pieces; ++piece, bytes += kBytesOfMarks) {
    marks[piece] = {};
    for (std::size_t i = 0; i < kBytesOfMarks; ++i) {
      marks[piece].quotes |= static_cast<std::uint64_t>(bytes[i] == '"') << i;
      marks[piece].commas |= static_cast<std::uint64_t>(bytes[i] == ',') << i;
      marks[piece].line_feeds |= static_cast<std::uint64_t>(bytes[i] == '\n') << i;
    }
  }
}

#endif

}  // namespace

std::size_t mark_csv(std::string_view bytes, std::span<CsvMarks> marks) {
  const std::size_t whole = std::min(bytes.size() / kBytesOfMarks, marks.size());
  mark_pieces(bytes.data(), whole, marks.data());
  bytes.remove_prefix(whole * kBytesOfMarks);
  if (bytes.empty() || whole == marks.size()) return whole;
  char tail[kBytesOfMarks] = {};
  std::memcpy(tail, bytes.data(), bytes.size());
  mark_pieces(tail, 1, &marks[whole]);
  return whole + 1;
}

}  // namespace apportion
