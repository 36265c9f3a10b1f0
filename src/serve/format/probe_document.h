/// Shows probes of a home and its connections as JSON documents for programs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/doctor.h"

namespace apportion {

/// Parts that are empty are left out. Steps are marks (next_step.h), which the surface words.
nlohmann::ordered_json probe_json(const Probe& probe);
/// `well`, and `probes`.
nlohmann::ordered_json probes_json(const std::vector<Probe>& probes);
/// The same of one connection, with its name before.
nlohmann::ordered_json connection_probes_json(const std::string& connection, const std::vector<Probe>& probes);

}  // namespace apportion
