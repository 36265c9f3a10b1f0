/// The command `lake`: the lake for other programs.
#pragma once

#include "serve/cli/command.h"
#include "serve/cli/session.h"

namespace apportion {

void add_lake_command(Command app, Action& action);

}  // namespace apportion
