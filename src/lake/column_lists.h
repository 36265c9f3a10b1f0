/// The columns of the lake's files, as text for statements.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "foundation/model/dataset.h"

namespace apportion {

/// Assignments of whole charges, as `name type` pairs of SQL.
inline constexpr std::string_view kDirectAssignmentColumns = "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT";

/// Shares of charges, and moves of their cost, as `name type` pairs of SQL.
inline constexpr std::string_view kShareAssignmentColumns =
    "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT, BilledCost DECIMAL(38,18), EffectiveCost DECIMAL(38,18), "
    "ListCost DECIMAL(38,18), ContractedCost DECIMAL(38,18), PricingQuantity DECIMAL(38,18), "
    "ConsumedQuantity DECIMAL(38,18)";

/// The canonical columns as `name type` pairs of SQL.
std::string charge_columns_sql();

/// The columns of carried changes as stored in the lake, as `name type` pairs of SQL.
std::string carried_columns_sql();

/// The columns in which the lake keeps the rows of a dataset without charges, as `name type` pairs of SQL.
std::string kept_columns_sql(Dataset dataset);

/// The names of these columns, separated by commas.
std::string kept_column_list(Dataset dataset);

/// An expression that replaces a column; empty: the column itself.
using ColumnExpression = std::function<std::string(std::string_view column)>;

/// All canonical columns of `relation` for a SELECT, in their order: `c."x_RowId", c."x_ImportId", …`.
std::string charge_column_list(std::string_view relation, const ColumnExpression& instead = {});

}  // namespace apportion
