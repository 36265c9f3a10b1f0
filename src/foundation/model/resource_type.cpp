#include "foundation/model/resource_type.h"

#include <cstddef>

#include "foundation/base/text.h"

namespace apportion {

std::string resource_type(std::string_view resource_id) {
  const std::string id = ascii_lower(resource_id);
  constexpr std::string_view kProviders = "/providers/";
  const auto start = id.rfind(kProviders);
  if (start == std::string::npos) return {};
  const auto segments = split_text(std::string_view(id).substr(start + kProviders.size()), '/');
  std::string type(segments[0]);
  for (std::size_t i = 1; i < segments.size(); i += 2) type += "/" + std::string(segments[i]);
  return type;
}

}  // namespace apportion
