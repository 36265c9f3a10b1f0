/// Line changes: two versions of the charges of a month, compared line by line.
///
/// A line is all rows of one customer that say the same in every column that describes a charge: all but amounts,
/// prices, the ids of rows and invoices, and where a row comes from. Rows are not merged: a line keeps all of its rows,
/// and equal ones on both sides cancel out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/charge_columns.h"
#include "lake/lake_reader.h"
#include "store/control_plane.h"

namespace apportion {

/// Whether a column adds up over the rows of a line: the costs and the quantities.
bool is_line_amount(const ChargeColumn& column);

struct LineComparison {
  ReadScope scope;
  std::vector<PublishedMonth> before;
  std::vector<PublishedMonth> after;
  /// Canonical columns: rows that are equal in these make one line instead. None: as above.
  std::vector<std::string> by = {};
};

/// Makes the temporary table `line_changes` of the lines that differ in an amount or in how many rows they have.
/// Columns: `x_BillMonth`, `CustomerId`, `BillingCurrency`, `RowsBefore`, `RowsAfter`, then those of `by`, or all
/// canonical ones and `x_AssignmentKind`; amounts are two columns, `BilledCost_Before` and `BilledCost_After`. A side
/// without rows has amounts of zero; an amount that is unknown for a row of a side is unknown. Prices are empty where
/// the rows of a line have several; ids, file and line are those of its first row, of the later version when it has
/// one. A scope below the partner's gets its own rows and columns only.
///
/// The relations `lines_before` and `lines_after` stay: `assigned_charges` of the two versions.
Result<void> compare_lines(LakeReader& reader, const LineComparison& comparison);

}  // namespace apportion
