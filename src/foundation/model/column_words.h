/// What a column contains and who sees it, in words: for docs/columns.md and `apportion columns`.
#pragma once

#include <string_view>

#include "foundation/model/charge_columns.h"

namespace apportion {

std::string_view type_words(ColumnType type);        ///< `text`, `whole number`, …
std::string_view audience_words(Audience audience);  ///< `every customer`, …

}  // namespace apportion
