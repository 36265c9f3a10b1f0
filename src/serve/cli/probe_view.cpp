#include "serve/cli/probe_view.h"

#include <fmt/format.h>

namespace apportion {

Table probes_table(const std::vector<Probe>& probes) {
  Table table;
  table.columns = {{"Probe"}, {"State"}, {"Where"}, {"Found"}};
  for (const Probe& probe : probes)
    table.rows.push_back({probe.name, std::string(probe_state_name(probe.state)), probe.where, probe.said});
  return table;
}

void say_remedies(Console& console, const std::vector<Probe>& probes) {
  for (const Probe& probe : probes) {
    if (probe.state != ProbeState::kFailed && probe.state != ProbeState::kWarning) continue;
    console.say(fmt::format("{} {}: {}", probe.name, probe_state_name(probe.state), probe.where));
    if (!probe.said.empty()) console.say("  found: " + probe.said);
    if (!probe.role.empty())
      console.say(fmt::format("  role:  {} at {}{}", probe.role, probe.role_scope,
                              probe.principal.empty() ? "" : ", for " + probe.principal));
    if (!probe.next.empty()) console.say("  next:  " + probe.next);
    if (!probe.command.empty()) console.say("  run:   " + probe.command);
  }
}

}  // namespace apportion
