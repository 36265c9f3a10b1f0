#include "serve/format/probe_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json probe_json(const Probe& probe) {
  nlohmann::ordered_json json{
      {"probe", probe.name}, {"state", probe_state_name(probe.state)}, {"where", probe.where}, {"said", probe.said}};
  const auto add = [&json](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  if (probe.cause != ProbeCause::kNone) json["cause"] = probe_cause_name(probe.cause);
  add("role", probe.role);
  add("role_scope", probe.role_scope);
  add("principal", probe.principal);
  add("command", probe.command);
  add("next", probe.next);
  return json;
}

nlohmann::ordered_json probes_json(const std::vector<Probe>& probes) {
  auto list = nlohmann::ordered_json::array();
  for (const Probe& probe : probes) list.push_back(probe_json(probe));
  return {{"well", all_well(probes)}, {"probes", std::move(list)}};
}

nlohmann::ordered_json connection_probes_json(const std::string& connection, const std::vector<Probe>& probes) {
  nlohmann::ordered_json json{{"connection", connection}};
  json.update(probes_json(probes));
  return json;
}

}  // namespace apportion
