/// The manifest of a run: which files Azure wrote, their bytes and rows, and what they contain.
///
/// Reads versions 2024-04-01 and 2021-01-01; a later one as long as it keeps the fields that are needed. Tolerant where
/// real manifests are untidy (byte order mark, stray blanks in names, null and missing optional fields, unknown fields,
/// dates with or without a zone), strict where a mistake would cost money: counts must add up, and a part must have a
/// plain name. Sources: Azure's schema of the export manifest and its published examples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "pipeline/fetch/export_path.h"

namespace apportion {

/// A manifest is small, a few hundred bytes per part.
inline constexpr std::uint64_t kManifestBytesMax = 64 << 20;

struct ManifestBlob {
  std::string name;                  ///< Path inside the container, without stray blanks.
  std::int64_t bytes = 0;            ///< As it lies in the store, so compressed if it is.
  std::optional<std::int64_t> rows;  ///< Without the header.
};

struct Manifest {
  std::string version;
  std::string export_name;   ///< May be empty, as every text but `run_id`.
  std::string resource_id;   ///< ARM id of the export, as written but without stray blanks.
  std::string scope;         ///< What the export covers: `resource_id` without the export, in lower case.
  std::string data_version;  ///< Of the dataset: `2023-05-01`.
  Dataset dataset = Dataset::kActualCost;
  std::string file_format;  ///< `Csv`, `Parquet`
  std::string compression;  ///< `None`, `Gzip`, `Snappy`
  std::string root_folder;
  std::string run_id;        ///< In lower case.
  std::string submitted_at;  ///< UTC, `2026-11-05T03:17:09Z`.
  RunPeriod period = {Month::of(Day(0)), Day(0), Day(0)};
  std::optional<std::int64_t> rows;  ///< Of all blobs.
  std::vector<ManifestBlob> blobs;
  std::vector<std::string> notes;  ///< Oddities that were accepted, for the person.
};

/// Reads a manifest. `place` names it in messages. `today` bounds the month: one that has not begun is refused.
/// Errors are kBadInput and name the place, the JSON path (`$.blobs[2].byteCount`), the value and what was expected.
Result<Manifest> parse_manifest(std::string_view text, std::string_view place, Day today);

/// Whether a file name is that of a manifest: `manifest.json` or `_manifest.json`, in any case.
bool is_manifest_name(std::string_view file_name);

}  // namespace apportion
