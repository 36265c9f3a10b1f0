// Any bytes as the target and the header fields of a request (one per line): what is taken is decoded, valid text, and
// for a host that we know.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "serve/http/request_head.h"

namespace {

apportion::RawRequestHead head_of(std::string_view text) {
  apportion::RawRequestHead raw;
  const std::vector<std::string_view> lines = apportion::split_text(text, '\n');
  raw.method = "GET";
  raw.target = lines.front();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos) continue;
    raw.headers.add(std::string(lines[i].substr(0, colon)), std::string(apportion::trim(lines[i].substr(colon + 1))));
  }
  return raw;
}

void check_text(std::string_view text) {
  if (!apportion::is_utf8(text) || text.find('\0') != std::string_view::npos) std::abort();
}

void check(const apportion::HttpRequestHead& head) {
  for (const std::string& segment : head.segments) {
    check_text(segment);
    if (segment == "." || segment == "..") std::abort();
  }
  for (const auto& [name, value] : head.query) {
    check_text(name);
    check_text(value);
  }
  if (!head.path.starts_with('/') || head.client_address.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool is_proxy : {false, true}) {
    const apportion::HttpPeer peer{"10.0.0.9", "10.0.0.1", false, is_proxy};
    const auto head = apportion::read_request_head(head_of(text), peer, {"costs.example.com"});
    if (head) {
      check(*head);
      if (!is_proxy && head->client_address != peer.address) std::abort();
    } else if (head.error().why.empty()) {
      std::abort();
    }
  }
  return 0;
}
