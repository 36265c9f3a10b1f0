/// What charges say of invoices: billed costs by invoice and currency.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"

namespace apportion {

struct InvoiceCharges {
  std::string invoice;  ///< Empty: not billed yet.
  std::string currency;
  Decimal charges;
};

/// Of the charges in scope that cost anything, by invoice and currency. For the partner. Relations that the reader has
/// open are replaced.
Result<std::vector<InvoiceCharges>> charges_of_invoices(LakeReader& reader, const ReadScope& scope);

}  // namespace apportion
