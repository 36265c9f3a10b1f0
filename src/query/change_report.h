/// The change report: what a later import changed in a bill month, by customer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "lake/lake_reader.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

struct ChangeRequest {
  /// Months to look at. Each month's current charges are compared with newer ones that are held, for the partner, else
  /// with those that they replaced.
  ReadScope scope;
  /// Compare these two charge sets instead, of one connection and month; both or none.
  std::optional<ChargeSetId> before = std::nullopt;
  std::optional<ChargeSetId> after = std::nullopt;
  /// One row for each line of charges that was added, removed or changed, instead of one for each customer.
  bool lines = false;
  /// The same, but rows that are equal in these columns of charges make one line.
  std::vector<std::string> by = {};
  std::optional<std::int64_t> top = std::nullopt;  ///< At most so many lines of each month and currency.
  bool only_differences = false;                   ///< Leave out customers whose amounts and rows are as before.
};

/// Both sides with their own latest split; charges that were never split count as `unassigned`. Columns: Connection,
/// Month, CustomerId, CustomerName, BillingCurrency, RowsBefore, RowsAfter, then Before, After and Difference of
/// BilledCost and EffectiveCost (`BilledCostBefore`, …). A difference is after less before. Months that were published
/// only once have no rows; a notice names them.
///
/// Newer charges that are held are compared with those in force and what was carried of them to later months.
///
/// By lines, what describes a line stands between currency and rows: Change (`added`, `removed`, `changed`) and the
/// columns of `by`, or some that identify a charge, and at the end, for the partner, `x_RowId` of its first row. Only
/// lines that differ are listed, the largest difference of each currency first. `kNoSuchColumn` for a column that
/// charges do not have.
///
/// A customer sees its own rows of all connections together, without Connection and without notices: ListCost instead
/// of the two costs, or the two where its audience has them. A cost that is unknown on a side is empty. Only the
/// partner can name charge sets: `kPartnerOnly` for others. Relations that the reader has open are replaced.
Result<Table> change_report(LakeReader& reader, const ChangeRequest& request);

}  // namespace apportion
