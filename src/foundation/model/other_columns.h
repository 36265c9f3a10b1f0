/// Columns of cost files that are known but have no canonical column: their cells are kept in x_OtherColumns without a
/// note.
#pragma once

#include <string>
#include <string_view>

#include "foundation/model/source_fields.h"

namespace apportion {

/// A column's name in the form used for comparing: lower case, no blanks, no underscores.
std::string column_key(std::string_view name);

/// Whether Microsoft or FOCUS documents the column for files of a kind.
bool is_known_other_column(SourceKind kind, std::string_view name);

}  // namespace apportion
