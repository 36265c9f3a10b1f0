/// Entries of the audit log that name who did it, and from where. Internal to `store`.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "store/control_plane_internal.h"
#include "store/people_book.h"

namespace apportion {

/// The caller's transaction commits it.
inline Result<void> note_by(SqliteDatabase& sqlite, const std::string& now, const Doer& doer, std::string_view what,
                            std::string_view detail) {
  const std::string from = doer.address.empty() ? std::string() : ", from " + doer.address;
  return note_in_audit_log(sqlite, now, doer.actor, what, std::string(detail) + from);
}

}  // namespace apportion
