/// Shows the explanation of one row: as text for people, as a JSON document for programs.
#pragma once

#include <iosfwd>

#include <nlohmann/json_fwd.hpp>

#include "foundation/base/result.h"
#include "query/explain.h"

namespace apportion {

nlohmann::ordered_json explanation_json(const RowExplanation& explanation);
/// For people.
Result<void> write_explanation(const RowExplanation& explanation, std::ostream& out);

}  // namespace apportion
