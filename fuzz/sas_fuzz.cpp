// Any bytes as a SAS and as a URL: what is read keeps every byte, what is shown has no secret, origins are plain.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "azure/http.h"
#include "azure/sas.h"
#include "foundation/base/content_hash.h"

namespace {

constexpr std::int64_t kNow = 1'795'608'000;

void check_as_sas(std::string_view text) {
  const auto sas = apportion::parse_sas(text);
  if (!sas) {
    if (!is_request_fault(sas.error().kind()) || sas.error().next.empty()) std::abort();
    return;
  }
  if (text.find(sas->query) == std::string_view::npos || sas->query.find("sig=") == std::string::npos) std::abort();
  for (const apportion::SasNeed& need : {apportion::kSasToRead, apportion::kSasToDeliver}) {
    const auto checked = apportion::check_sas(*sas, need, kNow, "there");
    if (!checked && (checked.error().why.empty() || checked.error().next.empty())) std::abort();
  }
  static_cast<void>(apportion::days_left(*sas, kNow));
}

void check_as_url(const std::string& text) {
  const std::string secret = apportion::ContentHash().add(text).hex();  // no text can hold its own hash
  if (apportion::shown_url(text + "?sig=" + secret).find(secret) != std::string::npos) std::abort();
  const std::string origin = apportion::origin_of(text);
  if (!origin.empty() && apportion::origin_of(origin) != origin) std::abort();
  if (apportion::is_loopback(text) && origin.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_as_sas(text);
  check_as_url(text);
  return 0;
}
