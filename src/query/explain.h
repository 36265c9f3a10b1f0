/// Explanations: where a charge comes from, and why a customer pays what it pays.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "lake/lake_reader.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// Reads `IMPORT:ORDINAL`, or the plain number that stands in `x_RowId`.
Result<RowId> parse_row_id(std::string_view text);
/// `IMPORT:ORDINAL`
std::string row_id_text(RowId id);

/// What became of a row of the vendor's files.
enum class RowFate {
  kCurrent,     ///< A charge of the published month.
  kSuperseded,  ///< It was a charge; a later import took its place.
  kRepeated,    ///< A row of the actual file that stands in the amortized file too, and is a charge there.
  kCarried,     ///< What newer runs changed in a charge of a locked month, counted in a later one.
  kUncarried,   ///< The same, undone since.
  kUnused,      ///< Stored, but of no published month so far.
};
std::string_view row_fate_text(RowFate fate);

struct RowAssignment {
  std::string id;  ///< As `x_AssignmentId` of named_relations.h.
  std::string customer_id;
  std::string customer_name;
  std::int64_t rule_number = 0;  ///< 0: no rule.
  std::string rule_name;
  bool is_share = false;
  bool is_move = false;          ///< A commitment policy moved cost from (below zero) or to the customer.
  std::vector<TableCell> costs;  ///< In the order of `cost_metrics()`; the share's own.
};

struct RowExplanation {
  RowId row = RowId::from_stored(0);
  RowFate fate = RowFate::kUnused;
  std::string connection;
  Month month = *Month::from_civil(1, 1);
  std::optional<Import> import;  ///< Empty for balancing rows, which are in no file.
  std::string file;              ///< The vendor's file and the line in it.
  std::int64_t line = 0;
  std::vector<std::pair<std::string, TableCell>> columns;  ///< Canonical columns that are not empty.
  std::vector<std::string> changes;                        ///< What normalising changed in the row.
  std::optional<ChargeSetId> charge_set;
  std::optional<Carry> carry;  ///< Of a carried change; its amounts are those of `columns`, its month counts it.
  std::optional<Split> split;  ///< The split that assigned it; empty when it is not split.
  std::vector<RowAssignment> assignments;
};

/// Looks a row up in what is published, in what was published before, and in the files of its import. Error:
/// kNoSuchRow. Relations that the reader has open are replaced.
Result<RowExplanation> explain_row(LakeReader& reader, const ReadScope& scope, RowId row);

/// A customer's costs by rule. Columns: Connection, Month, RuleNumber, RuleName, BillingCurrency, Rows, then the four
/// costs. `customer` may be `unassigned`; kNoSuchCustomer when no customer and no charge in scope has this id. Uses
/// the engine's named relations: the caller's are replaced.
Result<Table> explain_customer(LakeReader& reader, const ReadScope& scope, const CustomerId& customer);

}  // namespace apportion
