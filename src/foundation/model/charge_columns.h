/// The canonical schema of a charge: FOCUS 1.2 columns, Microsoft's `x_` columns, and ours.
///
/// One table says everything about a column; the lake, rules, reports and documentation are derived from it. Sources:
/// FOCUS 1.2 (names and meaning), Microsoft's FOCUS 1.2-preview dataset (`x_` names).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/model/caller.h"

namespace apportion {

/// How a column is stored. All columns may be null unless `ChargeColumn::required` says otherwise.
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

/// What a customer sees of a column in rows that it pays for by a share or a move while the resource is in someone
/// else's tenant.
enum class ForeignRows {
  kBlank,  ///< Nothing: it reveals the resource or its owner.
  kShown,  ///< The same as elsewhere: amounts, days and the kind of service.
};

struct ChargeColumn {
  /// Every part must be given, so that each is a decision.
  constexpr ChargeColumn(std::string_view its_name, ColumnType its_type, ColumnMatch its_match, Audience its_audience,
                         ForeignRows in_foreign_rows, bool is_required, std::string_view its_meaning)
      : name(its_name),
        type(its_type),
        match(its_match),
        audience(its_audience),
        foreign_rows(in_foreign_rows),
        required(is_required),
        about(its_meaning) {}

  std::string_view name;
  ColumnType type;
  ColumnMatch match;
  Audience audience;
  ForeignRows foreign_rows;
  bool required;
  std::string_view about;
};

/// All columns in the order in which the lake stores them.
std::span<const ChargeColumn> charge_columns();

/// Position in `charge_columns()` of a column by its exact name; stops the program if there is none (for names in
/// code).
std::size_t charge_column_index(std::string_view name);

/// A column by the name a person wrote in a rule or a report: canonical names and the short names (`BillSource`,
/// `CustomerTenantId`, `CloudVendorAccount`, `CustomerTenantName`), ignoring case. Nothing if there is none.
const ChargeColumn* find_charge_column(std::string_view written_name);

/// The same among the columns that an audience may see: others do not exist for it.
const ChargeColumn* find_charge_column(std::string_view written_name, Audience audience);

/// The column whose name is most like what was written, for "did you mean"; empty if none is close. Only columns that
/// the audience may see.
std::string_view nearest_charge_column(std::string_view written_name, Audience audience = Audience::kPartner);

/// SQL type of a column type: `VARCHAR`, `DECIMAL(38,18)`, `DATE`, `BIGINT`.
std::string_view sql_type(ColumnType type);

/// The metrics that are split, priced and proved, in the order of reports.
std::span<const std::string_view> cost_metrics();  // BilledCost, EffectiveCost, ListCost, ContractedCost

}  // namespace apportion
