/// Shows Delta tables that were made again, as a JSON document for programs.
#pragma once

#include <filesystem>
#include <span>

#include <nlohmann/json_fwd.hpp>

#include "application/delta_tables.h"

namespace apportion {

nlohmann::ordered_json delta_tables_json(const std::filesystem::path& folder, std::span<const DeltaChange> tables);

}  // namespace apportion
