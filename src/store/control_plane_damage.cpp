// The part of the control plane that knows whether it is as it was written, and what was done to the whole of it.
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "store/control_plane_internal.h"
#include "store/row_hashes_internal.h"

namespace apportion {
namespace {

void append(std::vector<Error>& all, std::vector<Error> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

// What damage keeps from being read is told with what was found until then.
Result<std::vector<Error>> ControlPlane::damages(PlaneCheck check) const {
  auto& sqlite = database_->sqlite;
  std::vector<Error> found;
  const auto look = [&]() -> Result<void> {
    APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
    if (check == PlaneCheck::kRows) {
      APPORTION_ASSIGN(found, damaged_rows(sqlite, TablesToCheck::kWithoutHistory));
      return transaction.commit();
    }
    APPORTION_ASSIGN(found, damaged_structure(sqlite));
    APPORTION_ASSIGN(auto rows, damaged_rows(sqlite, TablesToCheck::kAll));
    append(found, std::move(rows));
    APPORTION_ASSIGN(const AuditVerification audit, verify_audit_log());
    if (!audit.holds()) {
      found.push_back(control_plane_damage(sqlite, fmt::format("entry {} of the audit log", *audit.broken_at),
                                           "it, or the one before it, is not what was written"));
    }
    return transaction.commit();
  };
  const auto looked = look();
  if (looked) return found;
  if (!tells_control_plane_damage(looked.error())) return looked.error();
  if (looked.error().id == ErrorId::kControlPlaneRefusedStatement) {
    found.push_back(control_plane_damage(sqlite, "its schema", looked.error().why));
  } else {
    found.push_back(looked.error());
  }
  return found;
}

Result<void> ControlPlane::check(PlaneCheck check) const {
  APPORTION_ASSIGN(auto found, damages(check));
  if (!found.empty()) return std::move(found.front());
  return ok();
}

Result<void> ControlPlane::copy_to(const std::filesystem::path& file) const { return database_->sqlite.copy_to(file); }

Result<void> ControlPlane::note(const std::string& what, const std::string& detail) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->note(what, detail));
  return transaction.commit();
}

}  // namespace apportion
