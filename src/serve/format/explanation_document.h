/// How the explanation of one row is shown: to people as text, to programs as a JSON document.
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
