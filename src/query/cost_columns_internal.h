/// Columns of charges as cost questions name them: what they are in a statement, and conditions on them. Internal to
/// this module.
///
/// In statements, `a` is the relation `assigned_charges`, and `c` are the customers that `customers_join` joins.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/query_engine.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/charge_columns.h"
#include "query/cost_report.h"

namespace apportion {

/// A column as it is grouped and filtered by.
struct CostDimension {
  std::string expression;
  ColumnType type = ColumnType::kText;
  bool ignores_case = false;
  bool is_of_customer = false;           ///< Needs the join of customers.
  std::string_view column = {};          ///< The canonical one that it is read from; empty: none.
  std::vector<EngineValue> values = {};  ///< Of the expression, each time it stands in a statement.
};

/// Whether a column as it is written is a tag: `tag.KEY`.
bool is_tag(std::string_view written);

/// Errors: kNoSuchColumn, also for a column that the audience may not see.
Result<CostDimension> cost_dimension(const std::string& written, Audience audience, const Dialect& dialect);

struct CostCondition {
  std::string text;
  std::vector<EngineValue> values;  ///< In the order of the text.
  bool is_of_customer = false;      ///< Needs the join of customers.
};

/// Errors: as above; kFilterValueInvalid.
Result<CostCondition> cost_condition(const CostFilter& filter, Audience audience, const Dialect& dialect);

/// The text behind `assigned_charges a` that joins the customers; empty if they are not needed.
std::string_view customers_join(bool is_needed);

/// An expression as it is compared: without its case where the case varies.
std::string compared_text(const std::string& expression, bool ignores_case);

bool is_text_column(ColumnType type);

}  // namespace apportion
