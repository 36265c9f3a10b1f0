#include "serve/api/operation.h"

#include <algorithm>

#include "serve/api/operations_internal.h"

namespace apportion {
namespace {

std::vector<Operation> all_operations() {
  std::vector<Operation> all;
  for (const auto rows :
       {alert_operations(),    audit_operations(),      brand_operations(),      charge_operations(),
        column_operations(),   commitment_operations(), connection_operations(), cost_operations(),
        customer_operations(), dataset_operations(),    document_operations(),   first_day_operations(),
        health_operations(),   import_operations(),     invoice_operations(),    job_operations(),
        migration_operations(), month_operations(),     people_operations(),     provider_operations(),
        query_operations(),    report_operations(),     session_operations(),    setting_operations(),
        upload_operations(),   view_operations(),       worker_operations()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace

std::span<const Operation> operations() {
  static const std::vector<Operation> all = all_operations();
  return all;
}

const Operation* find_operation(std::string_view id) {
  const auto found = std::ranges::find(operations(), id, &Operation::id);
  return found == operations().end() ? nullptr : &*found;
}

}  // namespace apportion
