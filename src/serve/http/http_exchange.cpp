#include "serve/http/http_exchange.h"

#include "foundation/base/text.h"

namespace apportion {

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (ascii_lower(field) == ascii_lower(name)) return value;
  }
  return std::nullopt;
}

}  // namespace apportion
