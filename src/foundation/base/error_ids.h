/// The stable ids of errors: one table says their names, kinds and meanings (error_ids.def).
///
/// Code decides by id or kind, never by the words of a message. Names are part of the interface: they stand in JSON and
/// in docs/errors.md, and none is given to another meaning later.
#pragma once

#include <string_view>

namespace apportion {

/// What kind of thing failed. Decides the exit code of the command line and the status of the API.
enum class ErrorKind {
  kCheckFailed,  ///< A check that was asked for did not hold (`prove`, `rules check`).
  kNotFound,     ///< The caller named something that does not exist.
  kConflict,     ///< It does not fit with what is there: taken, locked, changed meanwhile.
  kInvalid,      ///< The request itself does not make sense.
  kBadInput,     ///< Input data is broken: file, manifest, rule list.
  kForbidden,    ///< Somebody said no: file permissions, Azure roles.
  kUnreachable,  ///< Azure or the network did not answer.
  kCancelled,    ///< Whoever asked for it stopped it.
  kBusy,         ///< Another process holds what is needed; the same request works later.
  kStorage,      ///< Our own machine failed: disk full, read-only, corrupt, no memory or threads left.
};

enum class ErrorId {
#define APPORTION_ERROR(id, name, kind, meaning) id,
#include "foundation/base/error_ids.def"
#undef APPORTION_ERROR
};

/// An error of the table.
struct ErrorDefinition {
  ErrorId id;
  std::string_view name;  ///< `no-such-connection`
  ErrorKind kind;
  std::string_view meaning;
};

const ErrorDefinition& error_definition(ErrorId id);

/// Whether the caller asked for something that does not exist or does not fit together.
bool is_request_fault(ErrorKind kind);

/// Whether an answer did not come, for whatever reason.
bool is_unreachable(ErrorKind kind);

/// Whether what follows would fail as well: our own machine failed, another process is in the way, or the caller
/// stopped the work.
bool ends_everything(ErrorKind kind);

/// The exit code of the command line: 1 check failed, 2 not found, conflict or invalid, 3 bad input, 4 forbidden or
/// storage, 5 unreachable, 6 busy, 130 cancelled.
int exit_code(ErrorKind kind);

/// The documented group of kinds that share an exit code, e.g. `usage` for 2. Stable since the first version.
const char* error_code_name(ErrorKind kind);

}  // namespace apportion
