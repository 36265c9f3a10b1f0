#include "application/service_address.h"

#include <algorithm>
#include <utility>

#include "azure/http.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kBytesMax = 300;

// Nothing behind the host: the paths of the service begin there.
bool ends_with_host(std::string_view address) {
  const std::size_t scheme_end = address.find("://");
  return scheme_end != std::string_view::npos &&
         address.find_first_of("/?#\\", scheme_end + 3) == std::string_view::npos;
}

}  // namespace

Result<std::string> checked_service_address(std::string_view text, ErrorId id, std::string what) {
  std::string address(trim(text));
  while (address.ends_with('/')) address.pop_back();
  const bool is_plain =
      address.size() <= kBytesMax && std::ranges::all_of(address, [](char c) { return c > ' ' && c < '\x7f'; });
  if (is_plain && is_secure(address) && !origin_of(address).empty() && ends_with_host(address)) return address;
  return Error{id, std::move(what), excerpt(text),
               "expected https and a host, without a path; http on this machine only",
               "give the address that people open in the browser, for example https://bill.example.com"};
}

}  // namespace apportion
