/// Which files of the lake are needed. Internal to `store`.
///
/// Needed are the files of
/// - the charges and the split that each month shows, with the imports and price sheets that they are made of: a locked
///   month needs them as long as there is a home;
/// - charges that are held and not decided, left out of force, or carried, with their split and imports;
/// - what was carried to another month and counts;
/// - the import of each dataset that is in force, and the next one, which comes in force when that one is withdrawn; so
///   also the next one after each import that is needed for another reason.
#pragma once

#include <set>
#include <string>

#include "foundation/base/result.h"
#include "store/sqlite_internal.h"

namespace apportion {

/// Their paths, as the caller's transaction sees them.
Result<std::set<std::string>> needed_lake_files(SqliteDatabase& sqlite);

}  // namespace apportion
