#include "serve/format/error_document.h"

#include <nlohmann/json.hpp>

#include "foundation/base/shown_text.h"

namespace apportion {

nlohmann::ordered_json error_json(const Error& error) {
  nlohmann::ordered_json json{{"id", error_definition(error.id).name},
                              {"code", error_code_name(error.kind())},
                              {"exit_code", exit_code(error.kind())},
                              {"what", without_secrets(error.what)}};
  if (!error.where.empty()) json["where"] = without_secrets(error.where);
  if (!error.why.empty()) json["why"] = without_secrets(error.why);
  if (!error.next.empty()) json["next"] = without_secrets(error.next);
  return json;
}

nlohmann::ordered_json errors_json(const std::vector<Error>& errors) {
  auto list = nlohmann::ordered_json::array();
  for (const Error& error : errors) list.push_back(error_json(error));
  return list;
}

}  // namespace apportion
