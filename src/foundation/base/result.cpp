#include "foundation/base/result.h"

#include "foundation/base/shown_text.h"

namespace apportion {

std::string Error::message() const {
  std::string text = what;
  const auto append = [&text](const char* separator, const std::string& part) {
    if (!part.empty()) text += separator + part;
  };
  append(": ", where);
  append(": ", why);
  append("; ", next);
  return without_secrets(text);
}

}  // namespace apportion
