/// The canonical schema of a charge: FOCUS 1.2 columns, Microsoft's `x_` columns, and ours.
///
/// One table says everything about a column; the lake, rules, reports and documentation are made from it. Sources:
/// FOCUS 1.2 (names and meaning), Microsoft's FOCUS 1.2-preview dataset (`x_` names).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace apportion {

/// How a column is stored. All columns may be null but where `ChargeColumn::required` says otherwise.
enum class ColumnType {
  kText,     ///< UTF-8
  kJson,     ///< UTF-8, a JSON object
  kDecimal,  ///< DECIMAL(38,18)
  kDay,      ///< DATE, a UTC calendar day
  kInteger,  ///< BIGINT
};

/// How values of a text column are compared, grouped and matched by rules.
enum class ColumnMatch {
  kExact,       ///< byte for byte
  kIgnoreCase,  ///< ids of Azure whose case varies from file to file: compared in lower ASCII case
};

/// Who may see a column. A customer never sees what the partner pays (design: isolation).
enum class ColumnAudience { kEveryone, kPartnerOnly };

struct ChargeColumn {
  std::string_view name;
  ColumnType type = ColumnType::kText;
  ColumnMatch match = ColumnMatch::kExact;
  ColumnAudience audience = ColumnAudience::kEveryone;
  bool required = false;
  std::string_view about;
};

/// All columns in the order in which the lake stores them.
std::span<const ChargeColumn> charge_columns();

/// Position in `charge_columns()` of a column by its exact name; stops the program when there is none (for names in
/// code).
std::size_t charge_column_index(std::string_view name);

/// A column by the name a person wrote in a rule or a report: canonical names and the short names (`BillSource`,
/// `CustomerTenantId`, `CloudVendorAccount`, `CustomerTenantName`), ignoring case. Nothing when there is none.
const ChargeColumn* find_charge_column(std::string_view written_name);

/// The column whose name is most like what was written, for "did you mean"; empty when none is near.
std::string_view nearest_charge_column(std::string_view written_name);

/// SQL type of a column type: `VARCHAR`, `DECIMAL(38,18)`, `DATE`, `BIGINT`.
std::string_view sql_type(ColumnType type);

/// The metrics that are split, priced and proved, in the order of reports.
std::span<const std::string_view> cost_metrics();  // BilledCost, EffectiveCost, ListCost, ContractedCost

}  // namespace apportion
