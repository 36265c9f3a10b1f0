/// Charges with their customers as a file: CSV, compressed or not, and Parquet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "query/named_relations.h"
#include "serve/format/table_formats.h"

namespace apportion {

struct ChargeFileOptions {
  std::optional<CustomerId> customer;  ///< Unset: all.
  std::string format;                  ///< `csv`, `csv.gz` or `parquet`.
  CsvText text_mode = CsvText::kDefused;
};

/// Returns how many rows were written. Errors: kInterrupted, those of the engine and of files.
Result<std::int64_t> write_charge_file(NamedRelations& relations, const ChargeFileOptions& options,
                                       const Cancel& cancel, const std::filesystem::path& path);

}  // namespace apportion
