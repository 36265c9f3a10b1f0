/// Entries of the audit log that name who did it, and from where. Internal to `store`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "store/control_plane_internal.h"
#include "store/people_book.h"

namespace apportion {

/// What somebody does concerns `customer`, or else the customer whose person it is: then `detail` holds nothing that
/// the customer must not know. The caller's transaction commits it.
inline Result<void> note_by(SqliteDatabase& sqlite, const std::string& now, const Doer& doer, std::string_view what,
                            std::string_view detail, const std::optional<CustomerId>& customer = {}) {
  const std::optional<CustomerId>& concerned = customer ? customer : doer.customer;
  return note_in_audit_log(sqlite, now,
                           {doer.actor, what, detail, doer.address, concerned ? concerned->raw() : std::string_view(),
                            concerned && doer.customer == concerned});
}

}  // namespace apportion
