/// What DuckDB's failures mean, by its own codes. Internal to `engine/duckdb`.
#pragma once

#include <string_view>

#include <duckdb.h>

#include "engine/query_engine.h"
#include "foundation/base/result.h"

namespace apportion {

/// The kind of a failure. `message` distinguishes a full disk from other I/O, for which DuckDB has only one code.
EngineFailure failure_kind(duckdb_error_type code, std::string_view message);

/// A failure as an error for the person at the terminal: kStorage, with advice by its kind.
Error engine_error(EngineFailure kind, std::string_view message);

}  // namespace apportion
