/// Columns of cost files that are known and yet have no canonical column: their cells are kept in x_OtherColumns, and
/// nobody needs to be told of them.
#pragma once

#include <string>
#include <string_view>

#include "foundation/model/source_fields.h"

namespace apportion {

/// A column's name as names are compared: lower case, no blanks, no underscores.
std::string column_key(std::string_view name);

/// Whether files of a kind have the column by rights: Microsoft or FOCUS documents it.
bool is_known_other_column(SourceKind kind, std::string_view name);

}  // namespace apportion
