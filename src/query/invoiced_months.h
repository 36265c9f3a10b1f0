/// The months that Microsoft has invoiced, and whose invoices tie: nothing more of them is open.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "store/invoice_book.h"

namespace apportion {

struct MonthOfConnection {
  std::string connection;
  Month month;

  bool operator==(const MonthOfConnection&) const = default;
};

/// The published ones of `months`, in their order, whose charges all name an invoice, and whose invoices all hold
/// (query/invoice_proof.h): each in every currency and as a whole, with the charges of all connections and months that
/// it bills. Charges that cost nothing are on no invoice. `stated`: those of the home. For the partner. Errors: those
/// of the lake and the engine, kInterrupted.
Result<std::vector<MonthOfConnection>> invoiced_months(LakeReader& reader, const ReadScope& scope,
                                                       std::span<const MonthOfConnection> months,
                                                       std::span<const StatedInvoice> stated,
                                                       const Cancel& cancel = {});

}  // namespace apportion
