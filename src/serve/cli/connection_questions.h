/// The questions of `connection add` on a terminal. Internal to `cli`.
#pragma once

#include <map>
#include <string>

#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "serve/cli/access_options.h"
#include "serve/cli/session.h"

namespace apportion {

/// Asks for what `connection add` needs. kAnswerMissing when there is no terminal to ask on.
Result<void> ask_for_connection(Session& session, std::string& name, std::map<Dataset, std::string>& locations,
                                AccessOptions& access);

}  // namespace apportion
