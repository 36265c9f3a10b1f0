/// Reads secrets from files or from standard input. Never from the command line, where others could see them. Internal
/// to `cli`.
#pragma once

#include <string>

#include "foundation/base/result.h"
#include "serve/cli/session.h"

namespace apportion {

/// Reads a secret from a file, or from standard input for `-`; without the line end. `what` names it in messages.
Result<std::string> read_secret(Session& session, const std::string& file, const std::string& what);

}  // namespace apportion
