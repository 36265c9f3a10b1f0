/// What kind of file a blob is: decided by its name, or by its first bytes if the name says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/base/result.h"
#include "pipeline/fetch/blob_store.h"

namespace apportion {

enum class FileFormat { kCsv, kParquet };

/// Of the file as a whole. Parquet compresses internally: kNone.
enum class Compression { kNone, kGzip };

struct FileKind {
  FileFormat format = FileFormat::kCsv;
  Compression compression = Compression::kNone;

  friend bool operator==(const FileKind&, const FileKind&) = default;
};

/// By the end of the name, in any case; nothing if it is none of `.csv`, `.csv.gz`, `.gz`, `.parquet`.
std::optional<FileKind> file_kind_of_name(std::string_view name);

/// By the first bytes: gzip and Parquet by their magic numbers, anything else is assumed to be plain CSV.
FileKind file_kind_of_bytes(std::string_view first_bytes);

/// By name, else by the blob's first bytes.
Result<FileKind> detect_file_kind(BlobStore& store, const std::string& name);

/// Whether a name looks like data that Apportion cannot read: spreadsheets, archives, other compression.
bool looks_like_unreadable_data(std::string_view name);

}  // namespace apportion
