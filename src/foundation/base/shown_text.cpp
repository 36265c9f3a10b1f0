#include "foundation/base/shown_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "foundation/base/characters.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kRedacted = "REDACTED";
// None of them stands in a URL; the last three are those of a step's mark (next_step.h), which stays whole.
constexpr std::string_view kUrlEnds = " \t\r\n\"'`<>|\x02\x1f\x03";
constexpr std::string_view kValueEnds = " \t\r\n\"'`<>|&;,)}]\x02\x1f\x03";
constexpr char kStepSeparator = '\x1f';
constexpr std::size_t kBearerBytesMin = 12;  // a shorter word after `Bearer` is prose

// Names of parameters, in lower case, whose values let somebody in.
constexpr auto kSecretNames = std::to_array<std::string_view>({
    "access_token",  "accountkey",    "api_key", "apikey",          "client_assertion",
    "client_secret", "clientsecret",  "code",    "id_token",        "password",
    "pwd",           "refresh_token", "secret",  "sharedaccesskey", "sharedaccesssignature",
    "sig",           "signature",     "token",   "x-functions-key",
});

// Webhooks whose path is the secret: what the host ends with, and what the path begins with.
struct SecretPath {
  std::string_view host;
  std::string_view path;
};
constexpr auto kSecretPaths = std::to_array<SecretPath>({
    {"hooks.slack.com", "/"},
    {"webhook.office.com", "/"},
    {"outlook.office.com", "/webhook"},
    {"discord.com", "/api/webhooks/"},
    {"discordapp.com", "/api/webhooks/"},
});

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// Where a word of `text` that ends at `end` begins; what an escaped `&` leaves (`%26`, `\u0026`) is no part of it.
std::size_t word_begin(std::string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  for (const std::string_view escape : {"%26", "%3f", "%3F", "\\u0026"}) {
    const std::size_t tail = escape.size() - 1;  // the escape's own first character is no part of a word
    if (begin > 0 && end - begin >= tail && text.substr(begin - 1).starts_with(escape)) return begin + tail;
  }
  return begin;
}

// The bytes of what stands between a name and its value at the beginning of `text`: `=`, `%3D`, or `": "` of JSON.
std::optional<std::size_t> assignment_bytes(std::string_view text) {
  if (text.starts_with('=')) return 1;
  if (ascii_lower(text.substr(0, 3)) == "%3d") return 3;
  std::size_t at = text.starts_with('\\') ? 1 : 0;
  if (at >= text.size() || text[at] != '"') return std::nullopt;
  at = text.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos || text[at] != ':') return std::nullopt;
  at = text.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos || (text[at] != '"' && text[at] != '\\')) return std::nullopt;
  return text.find('"', at) == std::string_view::npos ? std::nullopt : std::optional(text.find('"', at) + 1);
}

std::size_t value_bytes(std::string_view text) {
  std::size_t end = std::min(text.find_first_of(kValueEnds), text.size());
  for (const std::string_view escape : {"%26", "\\u0026", "\\\""}) end = std::min(end, text.find(escape));
  return end;
}

bool is_secret_name(std::string_view name) {
  const std::string lowered = ascii_lower(name);
  return std::find(kSecretNames.begin(), kSecretNames.end(), lowered) != kSecretNames.end() ||
         lowered.ends_with("sig");  // whatever stands before it without a separator
}

// Its value is a name: that of a token, say.
bool is_argument_of_step(std::string_view text, std::size_t name) {
  return name > 0 && text[name - 1] == kStepSeparator;
}

// `name=value` with a name of the table.
std::string without_secret_parameters(std::string_view text) {
  std::string shown;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool ends_word = at > 0 && is_word(text[at - 1]) && !is_word(text[at]);
    if (!ends_word) continue;
    const auto assignment = assignment_bytes(text.substr(at));
    const std::size_t name = word_begin(text, at);
    if (!assignment || is_argument_of_step(text, name) || !is_secret_name(text.substr(name, at - name))) continue;
    const std::size_t value = at + *assignment;
    const std::size_t bytes = value_bytes(text.substr(value));
    if (bytes == 0) continue;
    shown.append(text.substr(done, value - done)).append(kRedacted);
    done = value + bytes;
    at = done - 1;
  }
  return shown.append(text.substr(done));
}

// Where the secret before the `@` of a URL begins and ends, in what follows `://`. abfss://CONTAINER@HOST has none.
std::optional<std::pair<std::size_t, std::size_t>> user_secret(std::string_view scheme, std::string_view rest) {
  const std::string_view url = rest.substr(0, rest.find_first_of(kUrlEnds));
  const auto colon = url.find(':');
  const auto slash = std::min(url.find_first_of("/?#"), url.size());
  const std::string_view authority = url.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (colon < at) return std::pair{colon + 1, at};
    const bool names_container = scheme.starts_with("abfs") || scheme.starts_with("wasb");
    return names_container ? std::nullopt : std::optional(std::pair{std::size_t{0}, at});
  }
  // A password with a slash in it: no port looks like that.
  const auto at = url.rfind('@');
  if (at == std::string_view::npos || colon >= slash) return std::nullopt;
  const std::string_view port = authority.substr(colon + 1);
  const bool is_port =
      !port.empty() && std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_port ? std::nullopt : std::optional(std::pair{colon + 1, at});
}

// The bytes of what follows `://` up to the secret path of a webhook.
std::optional<std::size_t> secret_path(std::string_view rest) {
  const std::string_view url = rest.substr(0, rest.find_first_of(kUrlEnds));
  const auto slash = url.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string host = ascii_lower(url.substr(0, slash));
  const std::string path = ascii_lower(url.substr(slash));
  for (const SecretPath& known : kSecretPaths) {
    const bool is_host = host == known.host || host.ends_with("." + std::string(known.host));
    if (is_host && path.starts_with(known.path) && path.size() > known.path.size()) return slash + known.path.size();
  }
  return std::nullopt;
}

std::string without_secrets_of_urls(std::string_view text) {
  std::string shown;
  while (true) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return shown.append(text);
    const std::string scheme = ascii_lower(text.substr(word_begin(text, colon), colon - word_begin(text, colon)));
    shown.append(text.substr(0, colon + 3));
    text.remove_prefix(colon + 3);
    if (const auto secret = user_secret(scheme, text)) {
      shown.append(text.substr(0, secret->first)).append(kRedacted);
      text.remove_prefix(secret->second);
    }
    if (const auto path = secret_path(text)) {
      shown.append(text.substr(0, *path)).append(kRedacted);
      text.remove_prefix(std::min(text.find_first_of(kUrlEnds), text.size()));
    }
  }
}

std::string without_bearer_tokens(std::string_view text) {
  constexpr std::string_view kBearer = "bearer ";
  const std::string lowered = ascii_lower(text);
  std::string shown;
  std::size_t done = 0;
  for (auto at = lowered.find(kBearer); at != std::string::npos; at = lowered.find(kBearer, at + 1)) {
    const std::size_t token = at + kBearer.size();
    const std::size_t bytes = value_bytes(text.substr(token));
    if (bytes < kBearerBytesMin) continue;
    shown.append(text.substr(done, token - done)).append(kRedacted);
    done = token + bytes;
  }
  return shown.append(text.substr(done));
}

bool steers(std::int32_t codepoint) {
  if (codepoint < 0) return true;
  if (codepoint < 0x20 || (codepoint >= 0x7F && codepoint <= 0x9F)) return true;
  const bool turns =
      codepoint == 0x061C || codepoint == 0x2028 || codepoint == 0x2029 || codepoint == 0x200E || codepoint == 0x200F;
  return turns || (codepoint >= 0x202A && codepoint <= 0x202E) || (codepoint >= 0x2066 && codepoint <= 0x2069);
}

std::string escaped(std::int32_t codepoint, std::string_view bytes) {
  if (codepoint == '\t') return "\\t";
  if (codepoint == '\r') return "\\r";
  if (codepoint >= 0x80) return fmt::format("\\u{:04x}", codepoint);
  return fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
}

}  // namespace

std::string without_secrets(std::string_view text) {
  return without_bearer_tokens(without_secret_parameters(without_secrets_of_urls(text)));
}

bool steers_terminal(std::string_view character) {
  return character != "\n" && !character.empty() && steers(first_character(character).codepoint);
}

std::string terminal_text(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = first_character(text.substr(at));
    at += character.bytes.size();
    const bool ends_line = character.codepoint == '\r' && at < text.size() && text[at] == '\n';
    if (ends_line) continue;
    shown +=
        steers_terminal(character.bytes) ? escaped(character.codepoint, character.bytes) : std::string(character.bytes);
  }
  return shown;
}

std::string terminal_json(std::string_view json) {
  std::string shown;
  shown.reserve(json.size());
  for_each_character(json, [&shown](std::int32_t codepoint, std::string_view bytes) {
    const bool is_layout = codepoint == '\t' || codepoint == '\r' || codepoint == '\n';
    if (codepoint >= 0 && !is_layout && steers(codepoint)) {
      shown += fmt::format("\\u{:04x}", codepoint);
    } else {
      shown += bytes;
    }
  });
  return shown;
}

std::string shown_text(std::string_view text) { return terminal_text(without_secrets(text)); }

}  // namespace apportion
