#include "pipeline/fetch/blob_url.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "azure/http.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool has_scheme(std::string_view location, std::string_view scheme) {
  return location.size() >= scheme.size() && ascii_equal_ignoring_case(location.substr(0, scheme.size()), scheme);
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `acme.blob.core.windows.net:443` as name and port.
struct Host {
  std::string name;  // lower case, brackets of IPv6 kept
  std::string port;

  std::string text() const { return port.empty() ? name : name + ":" + port; }
};

Host split_host(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {ascii_lower(authority), ""};
  return {ascii_lower(authority.substr(0, colon)), std::string(authority.substr(colon + 1))};
}

bool is_ip(std::string_view name) {
  if (name.starts_with('[')) return name.ends_with(']');
  const auto levels = split_text(name, '.');
  return levels.size() == 4 && std::all_of(levels.begin(), levels.end(), [](std::string_view level) {
           return !level.empty() && level.size() <= 3 && std::all_of(level.begin(), level.end(), is_digit);
         });
}

bool is_loopback(std::string_view name) {
  return name == "localhost" || name == "[::1]" || (is_ip(name) && name.starts_with("127."));
}

bool is_container_name(std::string_view name) {
  const auto is_fine = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '$'; };
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), is_fine);
}

bool is_account_name(std::string_view name) {
  const auto is_fine = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; };
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), is_fine);
}

// Takes the first level off the front of a path.
std::string_view take_level(std::string_view& path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  const auto level = path.substr(0, path.find('/'));
  path.remove_prefix(level.size());
  return level;
}

class UrlReader {
 public:
  UrlReader(std::string_view location, std::string_view suffix) : location_(location), suffix_(suffix) {}

  Result<BlobUrl> read() {
    const auto is_odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
    // Blanks inside the path are what people paste; anywhere else they are a mistake that the server would tell badly.
    const auto mark = location_.find('?');
    const std::string_view address = location_.substr(0, mark);
    if (std::any_of(address.begin(), address.end(), [&](char c) { return c != ' ' && is_odd(c); }))
      return wrong("it contains control characters");
    if (location_.find('#') != std::string_view::npos) return wrong("it contains a `#`; in a name, write it as %23");
    if (mark != std::string_view::npos) APPORTION_TRY(read_sas(location_.substr(mark + 1)));

    const bool secure = has_scheme(address, kHttps);
    if (!secure && !has_scheme(address, kHttp)) return wrong("it starts with neither https:// nor http://");
    std::string_view rest = address.substr(secure ? kHttps.size() : kHttp.size());
    const std::string_view authority = rest.substr(0, rest.find('/'));
    rest.remove_prefix(authority.size());
    APPORTION_TRY(read_host(authority, secure, rest));
    APPORTION_TRY(read_path(rest));
    return std::move(url_);
  }

 private:
  Error wrong(std::string why) const {
    return {ErrorId::kLocationNotBlobStorage, "this is not a location in blob storage",
            shown_url(location_.substr(0, location_.find('?'))), std::move(why),
            fmt::format("expected: https://ACCOUNT.blob.{}/CONTAINER/FOLDER/EXPORT", suffix_)};
  }

  Result<void> read_sas(std::string_view query) {
    if (query.empty()) return ok();
    const auto parts = split_text(query, '&');
    const bool is_signed = std::any_of(parts.begin(), parts.end(), [](auto part) { return part.starts_with("sig="); });
    if (!is_signed) return wrong("what follows the `?` is not a SAS token: it has no signature (sig=)");
    const auto is_fine = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; };
    if (!std::all_of(query.begin(), query.end(), is_fine)) return wrong("its SAS token contains blanks or line breaks");
    url_.sas = query;
    return ok();
  }

  Result<void> read_host(std::string_view authority, bool secure, std::string_view& path) {
    if (authority.empty()) return wrong("it has no host");
    if (authority.find('@') != std::string_view::npos) return wrong("it has a user name before the host");
    const Host host = split_host(authority);
    if (!host.port.empty() && !std::all_of(host.port.begin(), host.port.end(), is_digit))
      return wrong("its port is not a number");
    if (!secure && !is_loopback(host.name))
      return wrong(
          "plain http is accepted only on this machine (127.0.0.1, localhost): elsewhere, keys would travel in the "
          "clear");
    const std::string scheme(secure ? kHttps : kHttp);
    for (const std::string_view door : {".blob.", ".dfs."}) {
      const std::string ending = fmt::format("{}{}", door, suffix_);
      for (const std::string& name : {host.text(), host.name}) {
        if (!name.ends_with(ending)) continue;
        url_.account = name.substr(0, name.size() - ending.size());
        if (!is_account_name(url_.account)) return wrong("it names no storage account");
        const bool port_apart = name.size() < host.text().size();
        url_.endpoint = fmt::format("{}{}.blob.{}{}", scheme, url_.account, suffix_, port_apart ? ":" + host.port : "");
        return ok();
      }
    }
    if (!is_ip(host.name) && !is_loopback(host.name)) {
      return wrong(fmt::format("the host is {}, but storage hosts of this cloud look like ACCOUNT.blob.{}",
                               excerpt(host.text()), suffix_));
    }
    url_.account = take_level(path);
    if (url_.account.empty())
      return wrong("with such a host, the first level of the path is the account, and it is missing");
    url_.endpoint = fmt::format("{}{}/{}", scheme, host.text(), url_.account);
    return ok();
  }

  Result<void> read_path(std::string_view path) {
    std::string decoded;
    const std::string_view container = take_level(path);
    if (container.empty()) return wrong("it names no container");
    if (!undo_percent_encoding(container, decoded) || !is_container_name(decoded))
      return wrong(fmt::format("`{}` is not a valid container name", excerpt(container)));
    url_.container = decoded;
    if (!undo_percent_encoding(path, decoded)) return wrong("its percent-encoding is broken; write each % as %25");
    while (decoded.ends_with('/')) decoded.pop_back();
    decoded.erase(0, std::min(decoded.find_first_not_of('/'), decoded.size()));
    if (ascii_lower(decoded).find("sig=") != std::string::npos)
      return wrong("its path contains a SAS token; write the token after a `?` that is not encoded");
    for (const std::string_view level : split_text(decoded, '/')) {
      if (level == "." || level == "..") return wrong("its path contains `.` or `..`");
    }
    url_.prefix = decoded;
    return ok();
  }

  std::string_view location_;
  std::string_view suffix_;
  BlobUrl url_;
};

}  // namespace

std::string BlobUrl::blob_url(std::string_view path) const {
  return container_url() + "/" + percent_encoded(path, "/");
}

std::string BlobUrl::shown() const { return prefix.empty() ? container_url() : container_url() + "/" + prefix; }

std::string BlobUrl::path_of(std::string_view name) const {
  return prefix.empty() ? std::string(name) : fmt::format("{}/{}", prefix, name);
}

bool is_blob_location(std::string_view location) {
  location = trim(location);
  return has_scheme(location, kHttps) || has_scheme(location, kHttp);
}

std::string shown_location(std::string_view location) {
  return std::string(is_blob_location(location) ? location.substr(0, location.find('?')) : location);
}

bool undo_percent_encoding(std::string_view text, std::string& decoded) {
  decoded.clear();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return false;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return true;
}

Result<BlobUrl> parse_blob_url(std::string_view location, std::string_view storage_suffix) {
  return UrlReader(trim(location), storage_suffix).read();
}

}  // namespace apportion
