#include "pipeline/fetch/file_kind.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kReadable = std::to_array<std::pair<std::string_view, FileKind>>({
    {".csv", {FileFormat::kCsv, Compression::kNone}},
    {".gz", {FileFormat::kCsv, Compression::kGzip}},  // `.csv.gz` too
    {".parquet", {FileFormat::kParquet, Compression::kNone}},
});

constexpr auto kUnreadable =
    std::to_array<std::string_view>({".zip", ".csv.zst", ".csv.bz2", ".csv.xz", ".tsv", ".xls", ".xlsx"});

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kParquetMagic = "PAR1";

}  // namespace

std::optional<FileKind> file_kind_of_name(std::string_view name) {
  const std::string lowered = ascii_lower(trim(name));
  for (const auto& [ending, kind] : kReadable) {
    if (lowered.ends_with(ending)) return kind;
  }
  return std::nullopt;
}

FileKind file_kind_of_bytes(std::string_view first_bytes) {
  if (first_bytes.starts_with(kGzipMagic)) return {FileFormat::kCsv, Compression::kGzip};
  if (first_bytes.starts_with(kParquetMagic)) return {FileFormat::kParquet, Compression::kNone};
  return {};
}

Result<FileKind> detect_file_kind(BlobStore& store, const std::string& name) {
  if (const auto kind = file_kind_of_name(name)) return *kind;
  APPORTION_ASSIGN(const auto reader, store.open(name));
  std::array<char, kParquetMagic.size()> first{};
  std::size_t filled = 0;
  while (filled < first.size()) {
    APPORTION_ASSIGN(const std::size_t count, reader->read(std::span(first).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  return file_kind_of_bytes({first.data(), filled});
}

bool looks_like_unreadable_data(std::string_view name) {
  const std::string lowered = ascii_lower(trim(name));
  return std::any_of(kUnreadable.begin(), kUnreadable.end(), [&](auto ending) { return lowered.ends_with(ending); });
}

}  // namespace apportion
