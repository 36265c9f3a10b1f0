/// Prices that the cost files leave open, filled from the price sheets in force (docs/adr/0028-price-sheets.md).
///
/// What is filled lies beside the charges, in a file of its own by row id; billed and effective costs are never
/// touched.
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
  std::optional<LakeFile> file;  ///< Nothing when no row was filled.
  std::string notes;             ///< How many rows were filled, and why others were not; empty without sheets.
};

/// Fills list and contracted prices and costs of usage that has none, as price × quantity, in the billing currency.
/// A price that the sheets do not tell for certain stays unknown.
Result<FilledPrices> fill_prices(Workbench& engine, const Lake& lake, const FillRequest& request);

}  // namespace apportion
