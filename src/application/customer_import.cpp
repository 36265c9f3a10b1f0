#include "application/customer_import.h"

#include <algorithm>
#include <cstddef>
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
               old->tenant_ids == customer.tenant_ids && old->dated_tenants == customer.dated_tenants &&
               old->sees == customer.sees) {
      ++counts.same;
    } else {
      ++counts.changed;
    }
  }
  return counts;
}

// What the file does not say about what a customer sees stays as it is.
std::vector<Customer> with_views(const CustomerFile& file, const std::vector<Customer>& before) {
  std::vector<Customer> given = file.customers;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto old = std::ranges::find(before, given[i].id, &Customer::id);
    const CustomerView unsaid = old == before.end() ? CustomerView::kList : old->sees;
    given[i].sees = file.sees[i].value_or(unsaid);
  }
  return given;
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
  const std::vector<Customer> given = with_views(file, before);
  CustomerImport outcome = compare(before, given);
  for (const Customer& customer : given) {
    if (shows_partner_costs(customer.sees)) ++outcome.with_partner_costs;
  }
  // Even if nothing is new: an earlier import may have left the months to be split later.
  const Edit edit = [&](ControlPlane& edited) -> Result<void> {
    auto put = edited.put_customers(given);
    if (!put) return file.with_line(std::move(put).error(), file_name);
    return ok();
  };
  APPORTION_ASSIGN(outcome.report, edit_customers(writable, edit, options));
  return outcome;
}

}  // namespace apportion
