#include "serve/format/brand_document.h"

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json brand_json(const Brand& brand) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const auto add = [&json](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  add("name", brand.name);
  add("color", brand.color);
  add("dark_color", brand.dark_color);
  add("support_text", brand.support_text);
  add("support_link", brand.support_link);
  add("address", brand.address);
  json["has_logo"] = !brand.logo_type.empty();
  add("logo_type", brand.logo_type);
  add("logo_hash", brand.logo_hash);
  return json;
}

}  // namespace apportion
