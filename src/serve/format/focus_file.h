/// FOCUS files: CSV and Parquet, and the metadata that belongs to them.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "query/focus_dataset.h"
#include "serve/format/table_formats.h"

namespace apportion {

/// What a file says of itself, besides what its rows say.
struct FocusAbout {
  std::string generator;                ///< The program and its version.
  std::map<Month, std::string> states;  ///< Of the months in the file, as `MonthCoverage` has them.
  std::string data_as_of;               ///< Empty when nobody knows.
  std::vector<std::string> notes;       ///< For the partner's file only: they name connections.
};

/// The metadata of a file: schema, view, months, rows, sums and unknown costs, with amounts as decimal text.
nlohmann::ordered_json focus_metadata(const FocusDataset& dataset, const FocusAbout& about);

/// Date-times as `2026-10-01T00:00:00Z`, plain decimals. The stream's owner checks whether it accepted everything.
Result<void> write_focus_csv(FocusDataset& dataset, CsvText mode, const Cancel& cancel, std::ostream& out);

/// Date-times as timestamps; the metadata stands under `focus_metadata` in the file too. The file must not exist.
Result<void> write_focus_parquet(FocusDataset& dataset, const nlohmann::ordered_json& metadata, const Cancel& cancel,
                                 const std::filesystem::path& path);

}  // namespace apportion
