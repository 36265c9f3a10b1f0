#include "serve/format/delta_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json delta_tables_json(const std::filesystem::path& folder, std::span<const DeltaChange> tables) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const DeltaChange& table : tables) {
    list.push_back(nlohmann::ordered_json{
        {"table", table.table}, {"folder", (folder / table.table).string()}, {"files", table.files}});
  }
  return {{"folder", folder.string()}, {"tables", std::move(list)}};
}

}  // namespace apportion
