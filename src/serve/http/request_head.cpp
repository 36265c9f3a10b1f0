#include "serve/http/request_head.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "foundation/base/text.h"
#include "serve/http/ip_address.h"
#include "serve/http/request_target.h"

namespace apportion {
namespace {

Error malformed(std::string why) {
  return {ErrorId::kRequestMalformed, "the request is not valid HTTP", "its header", std::move(why),
          "check the program that sent it"};
}

/// The host of `host:port` in lower case, without brackets and the dot that ends an absolute name.
std::string host_of(std::string_view authority) {
  std::string_view host = authority;
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.rfind(':'));
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  return ascii_lower(host);
}

/// The value of the only `Host`; empty if an old client sent none.
Result<std::string> read_host(const RawRequestHead& raw) {
  const auto is_host = [](const auto& field) { return ascii_equal_ignoring_case(field.first, "host"); };
  const auto count = std::count_if(raw.headers.fields.begin(), raw.headers.fields.end(), is_host);
  if (count > 1) return malformed("Host is there more than once");
  if (count == 1) {
    std::string host(*raw.headers.find("host"));
    if (host.empty() || host.find_first_of(" \t/?#@,") != std::string::npos) return malformed("Host is not valid");
    return host;
  }
  if (!raw.is_http_1_0) return malformed("Host is missing");
  return std::string();
}

bool is_known_host(std::string_view authority, const HttpPeer& peer, const std::vector<std::string>& host_names) {
  const std::string host = host_of(authority);
  if (host == "localhost" || host == "127.0.0.1" || host == "::1" || host == ascii_lower(peer.local_address))
    return true;
  if (peer.is_trusted_proxy && host_names.empty()) return true;
  return std::any_of(host_names.begin(), host_names.end(),
                     [&host](const std::string& name) { return host == host_of(name); });
}

/// The last value of a list that several proxies may have added to: ours added the last one.
std::string_view last_of(const HttpHeaders& headers, std::string_view name) {
  std::string_view last;
  for (const auto& [field, value] : headers.fields) {
    if (ascii_equal_ignoring_case(field, name)) last = value;
  }
  const std::size_t comma = last.rfind(',');
  return trim(comma == std::string_view::npos ? last : last.substr(comma + 1));
}

/// An address as proxies write it, perhaps with a port.
std::optional<IpAddress> forwarded_address(std::string_view text) {
  if (text.starts_with('[')) return IpAddress::parse(text.substr(1, text.find(']') - 1));
  if (auto address = IpAddress::parse(text)) return address;
  return IpAddress::parse(text.substr(0, text.rfind(':')));
}

void apply_forwarded(HttpRequestHead& head) {
  if (const auto address = forwarded_address(last_of(head.headers, "x-forwarded-for"))) {
    head.client_address = address->text();
  }
  head.is_secure = head.is_secure || ascii_equal_ignoring_case(last_of(head.headers, "x-forwarded-proto"), "https");
}

}  // namespace

Result<HttpRequestHead> read_request_head(RawRequestHead raw, const HttpPeer& peer,
                                          const std::vector<std::string>& host_names) {
  APPORTION_ASSIGN(const std::string host, read_host(raw));
  APPORTION_ASSIGN(RequestTarget target, read_request_target(raw.target));
  if (target.authority && !ascii_equal_ignoring_case(*target.authority, host)) {
    return malformed("Host and the host of the target differ");
  }
  if (!host.empty() && !is_known_host(host, peer, host_names)) {
    return Error{ErrorId::kHostUnknown, "the service is not known by this host name", excerpt(host),
                 "a page of another site could use a name that leads here to read what it may not see",
                 "add the name to those of the service, or use its address"};
  }
  HttpRequestHead head;
  head.method = std::move(raw.method);
  head.path = std::move(target.path);
  head.segments = std::move(target.segments);
  head.query = std::move(target.query);
  head.headers = std::move(raw.headers);
  head.client_address = peer.address;
  head.is_secure = peer.is_tls;
  if (peer.is_trusted_proxy) apply_forwarded(head);
  return head;
}

}  // namespace apportion
