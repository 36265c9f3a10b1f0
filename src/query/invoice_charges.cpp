#include "query/invoice_charges.h"

#include "engine/row_values.h"
#include "lake/snapshot.h"
#include "query/invoice_charges.sql.h"

namespace apportion {

Result<std::vector<InvoiceCharges>> charges_of_invoices(LakeReader& reader, const ReadScope& scope) {
  APPORTION_TRY(require_partner(scope, "the charges of the partner's invoices"));
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(reader.control_plane(), scope));
  APPORTION_TRY(reader.open_relations(snapshot));
  std::vector<InvoiceCharges> found;
  APPORTION_TRY(reader.engine().query(sql::kInvoiceChargesSql, {}, [&](const EngineRow& row) {
    found.push_back({text_at(row, 0), text_at(row, 1), row.decimal(2)});
    return ok();
  }));
  return found;
}

}  // namespace apportion
