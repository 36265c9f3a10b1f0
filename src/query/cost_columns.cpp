#include "query/cost_columns_internal.h"

#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/nearest_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kTagPrefix = "tag.";
constexpr std::string_view kCustomersJoin =
    "\n  LEFT JOIN customers c ON a.CustomerId = c.CustomerId AND a.x_CustomerNames = c.x_CustomerNames";

// What charges can be grouped by beside the canonical columns.
struct OtherColumn {
  std::string_view name;
  std::string_view expression;
  bool is_of_customer;
};
// A customer that was removed keeps its id for a name, and so does `unassigned`.
constexpr auto kOtherColumns = std::to_array<OtherColumn>({
    {"CustomerId", "a.CustomerId", false},
    {"CustomerName", "coalesce(c.CustomerName, a.CustomerId)", true},
    {"CustomerExternalId", "c.CustomerExternalId", true},
    {"Month", "a.x_BillMonth", false},
    {"x_CarriedFrom", "a.x_CarriedFrom", false},
});

// RFC 6901. A pointer names any key exactly, with points, quotes and stars in it.
std::string json_pointer(std::string_view key) {
  std::string pointer = "/";
  for (const char c : key) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

Error unknown_column(const std::string& written, Audience audience) {
  std::vector<std::string_view> names;
  for (const OtherColumn& other : kOtherColumns) names.push_back(other.name);
  for (const ChargeColumn& column : charge_columns()) {
    if (may_see(audience, column.audience)) names.push_back(column.name);
  }
  const std::string_view nearest = nearest_text(written, names);
  return {ErrorId::kNoSuchColumn, "there is no such column", excerpt(written),
          "a canonical column, its short name, CustomerId, CustomerName, CustomerExternalId, Month, x_CarriedFrom or "
          "tag.KEY was expected",
          nearest.empty() ? "see which columns there are: " + step(Step::kListColumns)
                          : fmt::format("did you mean {}?", nearest)};
}

std::optional<EngineValue> typed_value(const std::string& text, ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: return EngineValue(text);
    case ColumnType::kDecimal: {
      const auto parsed = Decimal::parse(text);
      return parsed.error == DecimalError::kNone ? std::optional<EngineValue>(parsed.value) : std::nullopt;
    }
    case ColumnType::kDay: {
      const auto day = Day::parse(text);
      return day ? std::optional<EngineValue>(*day) : std::nullopt;
    }
    case ColumnType::kInteger: {
      std::int64_t number = 0;
      const char* end = text.data() + text.size();
      const auto read = std::from_chars(text.data(), end, number);
      return read.ec == std::errc() && read.ptr == end ? std::optional<EngineValue>(number) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string_view value_form(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJson: return "text";
    case ColumnType::kDecimal: return "a plain decimal number";
    case ColumnType::kDay: return "a day as YYYY-MM-DD";
    case ColumnType::kInteger: return "a whole number";
  }
  return "a value";
}

Result<std::string> condition_on(const CostFilter& filter, const CostDimension& dimension,
                                 std::vector<EngineValue>& values) {
  std::vector<std::string> choices;
  const auto add_expression = [&] { values.insert(values.end(), dimension.values.begin(), dimension.values.end()); };
  for (const std::string& value : filter.values) {
    if (value.empty()) {
      choices.push_back(dimension.expression + " IS NULL");
      add_expression();
      if (!is_text_column(dimension.type)) continue;
      choices.push_back(dimension.expression + " = ''");
      add_expression();
      continue;
    }
    const auto typed = typed_value(value, dimension.type);
    if (!typed) {
      return Error{ErrorId::kFilterValueInvalid, "the value of a filter does not fit its column",
                   fmt::format("{}={}", filter.column, excerpt(value)),
                   fmt::format("{} was expected", value_form(dimension.type)), "correct the value"};
    }
    const std::string bound = fmt::format("CAST(? AS {})", sql_type(dimension.type));
    add_expression();
    values.push_back(*typed);
    choices.push_back(fmt::format("{} = {}", compared_text(dimension.expression, dimension.ignores_case),
                                  compared_text(bound, dimension.ignores_case)));
  }
  return choices.empty() ? std::string("false") : fmt::format("({})", fmt::join(choices, " OR "));
}

}  // namespace

bool is_tag(std::string_view written) {
  return written.size() > kTagPrefix.size() &&
         ascii_equal_ignoring_case(written.substr(0, kTagPrefix.size()), kTagPrefix);
}

Result<CostDimension> cost_dimension(const std::string& written, Audience audience, const Dialect& dialect) {
  if (is_tag(written)) {
    const EngineValue key(json_pointer(std::string_view(written).substr(kTagPrefix.size())));
    CostDimension dimension{dialect.json_text_at("a.Tags", "?")};
    dimension.column = "Tags";
    dimension.values.push_back(key);
    return dimension;
  }
  for (const OtherColumn& other : kOtherColumns) {
    if (!ascii_equal_ignoring_case(written, other.name)) continue;
    return CostDimension{std::string(other.expression), ColumnType::kText, false, other.is_of_customer};
  }
  const ChargeColumn* column = find_charge_column(written, audience);
  if (column == nullptr) return unknown_column(written, audience);
  const bool is_text = column->type == ColumnType::kText || column->type == ColumnType::kJson;
  return CostDimension{"a." + sql_identifier(column->name), column->type,
                       is_text && column->match == ColumnMatch::kIgnoreCase, false, column->name};
}

Result<CostCondition> cost_condition(const CostFilter& filter, Audience audience, const Dialect& dialect) {
  APPORTION_ASSIGN(const CostDimension dimension, cost_dimension(filter.column, audience, dialect));
  CostCondition condition;
  APPORTION_ASSIGN(condition.text, condition_on(filter, dimension, condition.values));
  condition.is_of_customer = dimension.is_of_customer;
  return condition;
}

std::string_view customers_join(bool is_needed) { return is_needed ? kCustomersJoin : std::string_view(); }

std::string compared_text(const std::string& expression, bool ignores_case) {
  return ignores_case ? fmt::format("lower({})", expression) : expression;
}

bool is_text_column(ColumnType type) { return type == ColumnType::kText || type == ColumnType::kJson; }

}  // namespace apportion
