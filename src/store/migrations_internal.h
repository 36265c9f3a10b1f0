/// The numbered steps that bring a control plane up to date. Internal to `store`.
///
/// A migration that a release has shipped never changes: a new one follows it.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "foundation/base/result.h"
#include "store/sqlite_internal.h"

namespace apportion {

/// All migrations in order: the first one takes an empty file to version 1.
std::span<const std::string_view> control_plane_migrations();

/// Applies the migrations that the file lacks, all or none. Refuses a file of a newer version, and one of another
/// program.
Result<void> bring_up_to_date(SqliteDatabase& database, std::span<const std::string_view> migrations);

/// Opens a control plane's file and brings it up to date.
Result<SqliteDatabase> open_control_plane_database(const std::filesystem::path& file, bool create);

}  // namespace apportion
