/// Prices missing from the cost files, filled in from the price sheets in force (docs/adr/0028-price-sheets.md).
///
/// What is filled in is stored next to the charges, in a separate file by row id; billed and effective costs are never
/// changed.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "lake/lake.h"
#include "store/control_plane.h"

namespace apportion {

struct FillRequest {
  std::span<const LakeFile> charges;
  std::span<const Import> sheets;
  bool of_focus = false;         ///< Charges of a FOCUS file.
  std::filesystem::path folder;  ///< For the file; made when needed, below the lake.
};

struct FilledPrices {
  std::optional<LakeFile> file;  ///< Nothing if no row was filled.
  std::string notes;             ///< How many rows were filled in, and why others were not; empty without sheets.
};

/// Fills in list and contracted prices and costs of usage that has none, as price × quantity, in the billing currency.
/// A price that the sheets do not give unambiguously stays unknown.
Result<FilledPrices> fill_prices(Workbench& engine, const Lake& lake, const FillRequest& request);

}  // namespace apportion
