/// The charges with their customers as a whole, for spreadsheets and BI tools: every canonical column, one row for each
/// share.
///
/// The sums of its costs are those of `cost_report` over the same scope.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "query/named_relations.h"
#include "query/table.h"

namespace apportion {

/// The columns, those of the relation `assigned_charges` of named_relations.h.
Result<std::vector<TableColumn>> dataset_columns(NamedRelations& relations);

/// Hands out the rows of a customer, or of all, by bill month, connection and row.
Result<void> visit_dataset(NamedRelations& relations, const std::optional<CustomerId>& customer,
                           const std::function<Result<void>(std::vector<TableCell>)>& visit);

/// Writes the same rows as Parquet with the columns' own types; returns how many there were.
Result<std::int64_t> write_dataset_parquet(NamedRelations& relations, const std::optional<CustomerId>& customer,
                                           const std::filesystem::path& path);

}  // namespace apportion
