// Any bytes as the body of a refusal: it becomes an Error on lines that can be shown, and carries no signature on.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "azure/azure_error.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/next_step.h"

namespace {

bool shows_only_text(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

std::string told(const apportion::Error& error) {
  return apportion::worded(error.message(), [](const apportion::NextStep& step) {
    return std::string(apportion::step_definition(step.id).title);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  const std::string secret = apportion::ContentHash().add(body).hex();  // no body can hold its own hash
  const apportion::HttpResponse response{403, {}, body + "?sig=" + secret};
  for (const apportion::HttpResponse& each : {apportion::HttpResponse{403, {}, body}, response}) {
    const apportion::AzureFailure failure = apportion::read_failure(each);
    const apportion::Error error = apportion::azure_error(failure, "do it", "there");
    const std::string message = told(error);
    if (!shows_only_text(message) || error.next.empty() || error.why.empty()) std::abort();
    if (message.find(secret) != std::string::npos) std::abort();
  }
  const std::string shown = apportion::shown_message(response.body);
  if (shown.find(secret) != std::string::npos || !shows_only_text(shown)) std::abort();
  return 0;
}
