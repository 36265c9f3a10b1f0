#include "azure/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kShownBytesMax = 2000;

// Parameters whose values tell nobody how to get in. Of a SAS these are the parts that say what it allows; its
// signature is not among them.
constexpr auto kShownParameters = std::to_array<std::string_view>({
    "$expand",   "$filter", "$skip",      "$top",   "action",  "api-version", "comp",
    "delimiter", "include", "maxresults", "prefix", "restype", "resource",    "se",
    "sp",        "spr",     "sr",         "srt",    "ss",      "st",          "sv",
});

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

struct UrlParts {
  std::string scheme;  // lower case
  std::string_view authority;
  std::string_view path;   // from its slash on; may be empty
  std::string_view query;  // without the question mark
};

std::optional<UrlParts> parts_of(std::string_view url) {
  UrlParts parts;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  parts.scheme = ascii_lower(url.substr(0, colon));
  url.remove_prefix(colon + 3);
  url = url.substr(0, url.find('#'));
  if (const auto mark = url.find('?'); mark != std::string_view::npos) {
    parts.query = url.substr(mark + 1);
    url = url.substr(0, mark);
  }
  const auto slash = std::min(url.find('/'), url.size());
  parts.authority = url.substr(0, slash);
  parts.path = url.substr(slash);
  return parts;
}

struct HostAndPort {
  std::string host;  // lower case; IPv6 in brackets
  int port = 0;
};

std::optional<HostAndPort> host_and_port(const UrlParts& parts) {
  if (parts.scheme != "https" && parts.scheme != "http") return std::nullopt;
  HostAndPort found;
  found.port = parts.scheme == "https" ? 443 : 80;
  std::string_view host = parts.authority;
  const bool bracketed = host.starts_with('[');
  const auto after_host = bracketed ? host.find(']') : host.find(':');
  if (bracketed && after_host == std::string_view::npos) return std::nullopt;
  std::string_view rest = host.substr(std::min(host.size(), after_host + (bracketed ? 1 : 0)));
  if (after_host == std::string_view::npos) rest = {};
  host = host.substr(0, host.size() - rest.size());
  if (!rest.empty()) {
    rest.remove_prefix(1);
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), found.port);
    if (read.ec != std::errc() || read.ptr != rest.data() + rest.size()) return std::nullopt;
  }
  const std::string_view punctuation = bracketed ? "[]:." : ".-_";
  const bool known = std::all_of(host.begin(), host.end(), [&](char c) {
    return is_letter_or_digit(c) || punctuation.find(c) != std::string_view::npos;
  });
  if (host.empty() || !known || found.port < 1 || found.port > 65535) return std::nullopt;
  found.host = ascii_lower(host);
  return found;
}

std::string shown_parameter(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string_view::npos) return parameter.empty() ? "" : "REDACTED";
  const std::string_view name = parameter.substr(0, equals);
  const bool harmless = std::any_of(kShownParameters.begin(), kShownParameters.end(),
                                    [&](std::string_view known) { return ascii_equal_ignoring_case(name, known); });
  // A `?` or `=` in the value is where somebody put two URLs together.
  const bool is_one_value = parameter.find_first_of("?=", equals + 1) == std::string_view::npos;
  return harmless && is_one_value ? std::string(parameter) : fmt::format("{}=REDACTED", name);
}

// A path that holds a SAS, because its `?` was encoded, is shown up to it.
std::string shown_path(std::string_view path) {
  const std::string lowered = ascii_lower(path);
  const auto signature = std::min(lowered.find("sig="), lowered.find("sig%3d"));
  if (signature == std::string::npos) return std::string(path);
  return fmt::format("{}REDACTED", path.substr(0, signature));
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const HttpHeader& candidate : headers) {
    if (ascii_equal_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return {};
}

std::string shown_url(std::string_view url) {
  const auto parts = parts_of(url);
  if (!parts) return excerpt(url.substr(0, url.find('?')), kShownBytesMax);
  const auto user_end = parts->authority.rfind('@');
  const std::string_view host =
      user_end == std::string_view::npos ? parts->authority : parts->authority.substr(user_end + 1);
  std::string shown = fmt::format("{}://{}{}", parts->scheme, host, shown_path(parts->path));
  char separator = '?';
  for (const std::string_view parameter : split_text(parts->query, '&')) {
    if (parameter.empty()) continue;
    shown += separator + shown_parameter(parameter);
    separator = '&';
  }
  return excerpt(shown, kShownBytesMax);
}

std::string shown_url(const HttpRequest& request) {
  return request.path_is_secret ? origin_of(request.url) : shown_url(request.url);
}

std::string origin_of(std::string_view url) {
  const auto parts = parts_of(url);
  const auto place = parts ? host_and_port(*parts) : std::nullopt;
  return place ? fmt::format("{}://{}:{}", parts->scheme, place->host, place->port) : std::string();
}

bool is_secure(std::string_view url) {
  const std::string origin = origin_of(url);
  return origin.starts_with("https://") || (origin.starts_with("http://") && is_loopback(url));
}

bool is_loopback(std::string_view url) {
  const auto parts = parts_of(url);
  const auto place = parts ? host_and_port(*parts) : std::nullopt;
  if (!place) return false;
  if (place->host == "localhost" || place->host == "[::1]") return true;
  const auto levels = split_text(place->host, '.');
  const auto is_byte = [](std::string_view level) {
    return !level.empty() && level.size() <= 3 &&
           std::all_of(level.begin(), level.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return levels.size() == 4 && levels.front() == "127" && std::all_of(levels.begin(), levels.end(), is_byte);
}

std::string percent_encoded(std::string_view text, std::string_view keep) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const bool stays = is_letter_or_digit(c) || kUnreserved.find(c) != std::string_view::npos ||
                       keep.find(c) != std::string_view::npos;
    if (stays) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace apportion
