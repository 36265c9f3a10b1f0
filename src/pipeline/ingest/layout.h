/// Recognising a file by its header: which family, which agreement, which column is what.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "foundation/model/source_batch.h"

namespace apportion {

/// Maps a header, given as its cells, to fields: by name, ignoring case, byte order mark and blanks; by synonym; by the
/// name in the last parentheses of a localised header (`Ressourcengruppe (ResourceGroup)`). Unknown columns are listed,
/// never dropped. Fails if the file is not a cost file, or lacks a column that billing needs: the error names the
/// missing columns and what was found.
Result<SourceLayout> recognise_layout(const std::string& file_name, std::span<const std::string> cells);

/// Whether files with these columns can be what a dataset delivers.
bool fits(SourceKind kind, Dataset dataset);

/// The dataset's version for FOCUS files, recognised by their columns: `1.0`, `1.0-preview(v1)`, `1.2-preview`.
std::string focus_version(std::span<const std::string> cells);

/// Decides how a file writes its days, from sample values of its day and billing-period columns and the run's month.
/// ISO if they look like ISO; otherwise the one of month/day/year (Azure's order) and day/month/year that puts more
/// usage days into the run's month and more period starts on the first of a month. Single bad values do not decide:
/// they become rejects. Fails if no order fits, or both do and nothing shows which is meant.
Result<DayFormat> decide_day_format(const std::string& file_name, std::span<const std::string_view> days,
                                    std::span<const std::string_view> period_starts, std::optional<Month> month);

}  // namespace apportion
