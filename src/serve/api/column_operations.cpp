#include <array>

#include "foundation/model/charge_columns.h"
#include "foundation/model/column_facts.h"
#include "foundation/model/column_words.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"

namespace apportion {
namespace {

// Those that the caller may ask for.
Result<ApiAnswer> list_columns(ApiCall& call) {
  Json list = Json::array();
  for (const ChargeColumn& column : charge_columns()) {
    if (!may_see(call.caller.audience, column.audience)) continue;
    Json described = {{"name", column.name}, {"holds", type_words(column.type)}, {"about", column.about}};
    if (is_for_partner(call)) described["seen_by"] = audience_words(column.audience);
    if (!facts_of(column).example.empty()) described["example"] = facts_of(column).example;
    list.push_back(std::move(described));
  }
  return document_answer({{"columns", std::move(list)}});
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listColumns", Right::kReadOwnCosts, Effect::kReads, &list_columns},
});

}  // namespace

std::span<const Operation> column_operations() { return kOperations; }

}  // namespace apportion
