/// Secrets that a person hands over: in files, or on standard input. Never on the command line, where others see them.
/// Internal to `cli`.
#pragma once

#include <string>

#include "foundation/base/result.h"
#include "serve/cli/session.h"

namespace apportion {

/// A secret from a file, `-` for standard input; without the line end. `what` names it in messages.
Result<std::string> read_secret(Session& session, const std::string& file, const std::string& what);

}  // namespace apportion
