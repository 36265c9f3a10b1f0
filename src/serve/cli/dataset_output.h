/// Where a dataset is written to, and as what. Internal to `cli`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "foundation/base/result.h"
#include "serve/cli/command.h"
#include "serve/format/table_formats.h"

namespace apportion {

struct DatasetOutput {
  std::optional<std::string> format;  ///< csv, csv.gz or parquet; unset: by the file's ending.
  std::filesystem::path out;
  bool exact = false;  ///< CSV: text cells unchanged.

  /// --format, --exact and --out.
  void add_options(Command command);
  /// Fails with kNoSuchFormat.
  Result<std::string> chosen_format() const;
  CsvText text_mode() const { return exact ? CsvText::kExact : CsvText::kDefused; }
};

}  // namespace apportion
