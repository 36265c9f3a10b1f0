/// Shows the cost report: as a table for people and spreadsheets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/cost_answer.h"
#include "query/table.h"

namespace apportion {

/// What a report is about, as it was asked for.
struct CostTitle {
  std::string by;  ///< The columns to group by; empty: none.
  std::string months;
  std::optional<std::string> connection;
  std::vector<std::string> where;  ///< `CustomerId=contoso`
};

/// The table of an answer, with its title lines: what was asked, how old the data is, and what nobody should miss; and
/// with holes in the data as notices. Steps are marks (next_step.h), which the surface words.
Table titled_costs(CostAnswer answer, const CostTitle& title);

}  // namespace apportion
