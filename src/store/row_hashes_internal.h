/// Hashes of the control plane's rows: they show whether a row is as it was written. Internal to `store`.
///
/// Each row of each table has its hash in the table `row_hash`, under the table's name and its primary key. Triggers,
/// generated from the schema, update it in the transaction that changes the row, so no writer can forget it. An update
/// changes the hash by the difference between what it finds and what it writes: earlier damage stays visible. Rewriting
/// a whole row repairs it. The schema itself has a hash under `sqlite_schema`. The audit log has its own chain.
///
/// The same triggers count in `content_version` the changes of rows that answers are made of: not those of sessions,
/// jobs and the like, which change while people only ask.
#pragma once

#include <vector>

#include "foundation/base/result.h"
#include "store/sqlite_internal.h"

namespace apportion {

/// Whether the file has hashes of its rows: a home that no newer version has opened yet has none.
Result<bool> has_row_hashes(SqliteDatabase& database);
/// Creates the triggers, and the hash of each row as it is now. Within the caller's transaction.
Result<void> keep_row_hashes(SqliteDatabase& database);
/// Removes the triggers: tables are about to be changed.
Result<void> drop_row_hash_triggers(SqliteDatabase& database);

enum class TablesToCheck {
  kAll,
  kWithoutHistory,  ///< Without those that may be long and that no report reads: rejects, attempts, jobs.
};
/// Rows that are not as they were written, as errors that name them; a few of each table.
Result<std::vector<Error>> damaged_rows(SqliteDatabase& database, TablesToCheck tables);
/// What is wrong with the file's pages, indexes and schema.
Result<std::vector<Error>> damaged_structure(SqliteDatabase& database);

/// `kControlPlaneDamaged`, about a part of the file.
Error control_plane_damage(const SqliteDatabase& database, const std::string& part, std::string why);
/// Whether an error says that the file is not what was written.
bool tells_control_plane_damage(const Error& error);

}  // namespace apportion
