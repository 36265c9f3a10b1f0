/// How probes are shown to people: of `connection test` and `doctor`. Internal to `cli`.
#pragma once

#include <vector>

#include "application/doctor.h"
#include "query/table.h"
#include "serve/cli/console.h"

namespace apportion {

Table probes_table(const std::vector<Probe>& probes);
/// Says what failed, and the command or step that fixes it.
void say_remedies(Console& console, const std::vector<Probe>& probes);

}  // namespace apportion
