/// What an indirect reseller has of a month: for each subscription its exports, at retail prices, and the bill of the
/// distributor, which is a part of retail, line by line rounded to cents.
#pragma once

#include <functional>
#include <vector>

#include "foundation/base/result.h"
#include "sample/rows.h"
#include "sample/run_writer.h"

namespace apportion::sample {

struct IndirectMonth {
  const SampleOptions& options;
  const MonthCharges& charges;
  const MonthTexts& texts;
  const RunView& view;
  const RunTime& time;
  bool is_billed = false;  ///< The month is over.
};

/// Writes `exports/SUBSCRIPTION/actual-cost` and `amortized-cost`, and `distributor/bill-MONTH.csv`; with
/// `distributor_differences`, one difference of each class is in the bill, and `distributor/differences-MONTH.csv` says
/// what must be found. The runs that were written; `count_row` is called for each row of them.
Result<std::vector<SampleRun>> write_indirect_month(const IndirectMonth& month, const std::function<void()>& count_row);

}  // namespace apportion::sample
