/// The file of `customer import`: CSV with the columns id, name, external_id, tenant_ids, sees.
///
/// Columns go by name, in any case and order; byte order mark, quotes and CRLF are fine. Tenant ids are separated by
/// `;`; `TENANT@2026-05-01` is a tenant from that day on. Only id and name must be there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

struct CustomerFile {
  std::vector<Customer> customers;                ///< In file order, tenant ids as written but for blanks.
  std::vector<std::int64_t> lines;                ///< Of each customer.
  std::vector<std::optional<CustomerView>> sees;  ///< Of each customer, where the file says it.
  std::vector<Error> errors;                      ///< In file order; with any, nothing of the file should be used.

  /// An error of the store about these customers, with the line that it is about.
  Error with_line(Error error, std::string_view file_name) const;
};

/// `file_name` is for messages.
CustomerFile read_customer_file(std::string_view text, const std::string& file_name);

}  // namespace apportion
