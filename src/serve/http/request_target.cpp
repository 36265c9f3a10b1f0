#include "serve/http/request_target.h"

#include <array>
#include <charconv>
#include <utility>

#include "foundation/base/text.h"
#include "foundation/base/utf8.h"

namespace apportion {
namespace {

Error malformed(std::string why) {
  return {ErrorId::kRequestMalformed, "the request is not valid HTTP", "the target of the request", std::move(why),
          "check the program that sent it"};
}

std::optional<char> byte_of_hex(std::string_view digits) {
  unsigned value = 0;
  if (digits.size() != 2) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, value, 16);
  if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(value);
}

Result<std::string> decoded(std::string_view text, bool plus_is_blank) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_blank) {
      bytes += ' ';
    } else if (text[at] != '%') {
      bytes += text[at];
    } else if (const auto byte = byte_of_hex(text.substr(at + 1, 2))) {
      bytes += *byte;
      at += 2;
    } else {
      return malformed("a % is not followed by two hex digits");
    }
  }
  if (bytes.find('\0') != std::string::npos) return malformed("it holds a NUL");
  if (!is_utf8(bytes)) return malformed("it is not UTF-8");
  return bytes;
}

/// Cuts `http://host` off an absolute target.
Result<std::optional<std::string>> take_authority(std::string_view& target) {
  if (target.starts_with('/')) return std::optional<std::string>();
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!ascii_equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = target.find_first_of("/?");
    const std::string_view authority = target.substr(0, end);
    target.remove_prefix(authority.size());
    if (authority.empty() || authority.find('@') != std::string_view::npos) return malformed("its host is not valid");
    return std::optional(std::string(authority));
  }
  return malformed("it is neither a path nor an http URL");
}

Result<std::vector<std::string>> read_segments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.size() <= 1) return segments;
  for (const std::string_view part : split_text(path.substr(1), '/')) {
    APPORTION_ASSIGN(std::string segment, decoded(part, false));
    if (segment == "." || segment == "..") return malformed("its path holds . or ..");
    segments.push_back(std::move(segment));
  }
  return segments;
}

Result<std::vector<HttpQueryValue>> read_query(std::string_view query) {
  std::vector<HttpQueryValue> values;
  for (const std::string_view part : split_text(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    APPORTION_ASSIGN(std::string name, decoded(part.substr(0, equals), true));
    APPORTION_ASSIGN(std::string value, decoded(equals == std::string_view::npos ? "" : part.substr(equals + 1), true));
    values.push_back({std::move(name), std::move(value)});
  }
  return values;
}

}  // namespace

Result<RequestTarget> read_request_target(std::string_view target) {
  if (target.find('#') != std::string_view::npos) return malformed("it has a fragment");
  RequestTarget read;
  APPORTION_ASSIGN(read.authority, take_authority(target));
  const std::size_t question = target.find('?');
  read.path = target.substr(0, question);
  if (read.path.empty()) read.path = "/";
  APPORTION_ASSIGN(read.segments, read_segments(read.path));
  if (question != std::string_view::npos) {
    APPORTION_ASSIGN(read.query, read_query(target.substr(question + 1)));
  }
  return read;
}

}  // namespace apportion
