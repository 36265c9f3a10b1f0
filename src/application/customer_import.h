/// Customers added and changed by a file, all or none.
#pragma once

#include <cstdint>
#include <string>

#include "application/customer_edits.h"
#include "application/customer_file.h"
#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/result.h"

namespace apportion {

struct CustomerImport {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t same = 0;
  std::int64_t with_partner_costs = 0;  ///< Of the customers in the file: those that see what the partner pays.
  FlowReport report;
};

/// Whether the file can be used, as far as can be told without a home. Errors: the first of the file; a tenant that is
/// no GUID.
Result<void> check_customer_file(const CustomerFile& file, const std::string& file_name);

/// Customers that the file does not name stay as they are. `file_name` is for messages. Errors: as above; the line of
/// what the control plane refuses; those of publishing.
Result<CustomerImport> import_customers(WritableWorkspace& writable, const CustomerFile& file,
                                        const std::string& file_name, const CustomerEditOptions& options);

}  // namespace apportion
