#include "application/customer_import.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "application/customers.h"

namespace apportion {
namespace {

CustomerImport compare(const std::vector<Customer>& before, const std::vector<Customer>& given) {
  CustomerImport counts;
  for (const Customer& customer : given) {
    const auto old = std::ranges::find(before, customer.id, &Customer::id);
    if (old == before.end()) {
      ++counts.added;
    } else if (old->name == customer.name && old->external_id == customer.external_id &&
               old->tenant_ids == customer.tenant_ids && old->dated_tenants == customer.dated_tenants) {
      ++counts.same;
    } else {
      ++counts.changed;
    }
  }
  return counts;
}

}  // namespace

Result<void> check_customer_file(const CustomerFile& file, const std::string& file_name) {
  if (!file.errors.empty()) return file.errors.front();
  for (const Customer& customer : file.customers) {
    std::vector<std::string> tenants = customer.tenant_ids;
    for (const DatedTenant& tenant : customer.dated_tenants) tenants.push_back(tenant.id);
    if (auto checked = check_tenant_ids(tenants); !checked)
      return file.with_line(std::move(checked).error(), file_name);
  }
  return ok();
}

Result<CustomerImport> import_customers(WritableWorkspace& writable, const CustomerFile& file,
                                        const std::string& file_name, const CustomerEditOptions& options) {
  APPORTION_TRY(check_customer_file(file, file_name));
  APPORTION_ASSIGN(const auto before, writable.workspace.control_plane.customers());
  CustomerImport outcome = compare(before, file.customers);
  // Even if nothing is new: an earlier import may have left the months to be split later.
  const Edit edit = [&](ControlPlane& edited) -> Result<void> {
    auto put = edited.put_customers(file.customers);
    if (!put) return file.with_line(std::move(put).error(), file_name);
    return ok();
  };
  APPORTION_ASSIGN(outcome.report, edit_customers(writable, edit, options));
  return outcome;
}

}  // namespace apportion
