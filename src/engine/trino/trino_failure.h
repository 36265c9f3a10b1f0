/// What failures of Trino mean, by its own names for them. Internal to `engine/trino`.
#pragma once

#include <string>
#include <string_view>

#include "azure/http.h"
#include "engine/query_engine.h"
#include "foundation/base/result.h"

namespace apportion {

struct TrinoFailure {
  EngineFailure kind;
  Error error;
};

/// A statement that Trino could not answer. `name` is its name of the error, as `TABLE_NOT_FOUND`.
TrinoFailure failure_of_statement(std::string_view name, std::string_view message, const std::string& where);

/// An answer of another status than 200.
TrinoFailure failure_of_status(const HttpResponse& response, const std::string& where);

/// The transport's error, with what helps here.
Error unanswered(Error error);

/// An answer that does not have the form of the protocol; `why` says what is wrong.
Error unreadable_answer(std::string why, const std::string& where);

}  // namespace apportion
