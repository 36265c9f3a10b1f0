#include "application/brand.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include "application/mail_sender.h"
#include "application/open_home_texts.h"
#include "application/partner_only.h"
#include "application/service_address.h"
#include "azure/http.h"
#include "foundation/base/check.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kNameBytesMax = 100;
constexpr std::size_t kTextBytesMax = 300;
constexpr int kContrastMin = 450;
constexpr const char* kAddress = "brand.address";
constexpr const char* kLogo = "brand.logo";
constexpr const char* kLogoType = "brand.logo-type";

struct TextOfBrand {
  const char* name;  // in the home
  const char* what;  // for people
  std::string Brand::*text;
  std::optional<std::string> BrandChange::*change;
};
constexpr auto kTexts = std::to_array<TextOfBrand>({
    {"brand.name", "name", &Brand::name, &BrandChange::name},
    {"brand.color", "color", &Brand::color, &BrandChange::color},
    {"brand.dark-color", "dark color", &Brand::dark_color, &BrandChange::dark_color},
    {"brand.support-text", "support text", &Brand::support_text, &BrandChange::support_text},
    {"brand.support-link", "support link", &Brand::support_link, &BrandChange::support_link},
    {kAddress, "address", &Brand::address, &BrandChange::address},
});

Error brand_error(std::string what, std::string_view where, std::string why, std::string next) {
  return {ErrorId::kBrandInvalid, std::move(what), excerpt(where), std::move(why), std::move(next)};
}

std::string base64_of(std::string_view bytes) {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium does not start");
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.resize(std::strlen(text.c_str()));
  return text;
}

Result<void> check_text(std::string_view text, std::string_view what, std::size_t bytes_max) {
  const bool has_controls =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (!has_controls && text.size() <= bytes_max) return ok();
  return brand_error(fmt::format("the {} cannot be used", what), text,
                     has_controls ? "it has line ends or other controls"
                                  : fmt::format("it has {} bytes; {} are the most", text.size(), bytes_max),
                     "write a shorter text on one line");
}

// Whether text of a colour can be read on a page of the other.
Result<void> check_color(std::string_view color, bool on_white) {
  if (color.empty()) return ok();
  const auto contrast = contrast_hundredths(color, on_white);
  if (!contrast) {
    return brand_error("this is not a colour", color, "expected # and six hexadecimal digits", "for example: #1a5fb4");
  }
  if (*contrast >= kContrastMin) return ok();
  return brand_error("text in this colour could not be read", color,
                     fmt::format("its contrast with {} is {}.{:02}; 4.50 is the least", on_white ? "white" : "black",
                                 *contrast / 100, *contrast % 100),
                     on_white ? "choose a darker colour for light pages" : "choose a lighter colour for dark pages");
}

Result<void> check_support_link(const BrandChange& change) {
  constexpr std::string_view kMail = "mailto:";
  if (change.support_link && !change.support_link->empty()) {
    const std::string& link = *change.support_link;
    APPORTION_TRY(check_text(link, "support link", kTextBytesMax));
    const bool is_mail = link.starts_with(kMail) && check_mail_address(link.substr(kMail.size()));
    const bool is_page =
        link.starts_with("https://") && !origin_of(link).empty() && link.find(' ') == std::string::npos;
    if (!is_mail && !is_page) {
      return brand_error("this is not a link for support", link, "expected an https URL, or mailto: and an address",
                         "for example: mailto:billing@example.com");
    }
  }
  return ok();
}

Result<PictureFacts> checked_logo(std::string_view logo) {
  if (logo.size() > kLogoBytesMax) {
    return brand_error("the logo is too large", fmt::format("{} bytes", logo.size()),
                       fmt::format("{} are the most", kLogoBytesMax), "give a smaller picture");
  }
  const auto facts = picture_facts(logo);
  if (!facts) {
    return brand_error("the logo cannot be used", "", "its bytes are no PNG, JPEG or WebP", "give a PNG, JPEG or WebP");
  }
  const bool fits =
      facts->width > 0 && facts->height > 0 && facts->width <= kLogoPixelsMax && facts->height <= kLogoPixelsMax;
  if (fits) return *facts;
  return brand_error("the logo cannot be used", fmt::format("{} × {} pixels", facts->width, facts->height),
                     fmt::format("a side has {} pixels at most", kLogoPixelsMax), "give a smaller picture");
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size, bool is_big_endian) {
  constexpr unsigned kByteBits = 8;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t from = is_big_endian ? at + i : at + size - 1 - i;
    number = number << kByteBits | static_cast<unsigned char>(bytes[from]);
  }
  return number;
}

std::optional<PictureFacts> png_facts(std::string_view bytes) {
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
  constexpr std::size_t kHeadBytes = 24;  // signature, length, IHDR, width, height
  constexpr std::size_t kWidthAt = 16;
  constexpr std::size_t kHeightAt = 20;
  if (!bytes.starts_with(kSignature) || bytes.size() < kHeadBytes || bytes.substr(12, 4) != "IHDR") return std::nullopt;
  return PictureFacts{"image/png", number_at(bytes, kWidthAt, 4, true), number_at(bytes, kHeightAt, 4, true)};
}

// Segments follow one another until the one that says the size of the frame.
std::optional<PictureFacts> jpeg_facts(std::string_view bytes) {
  constexpr std::uint32_t kFirstFrame = 0xC0;
  constexpr std::uint32_t kLastFrame = 0xCF;
  constexpr std::array<std::uint32_t, 3> kNoFrames = {0xC4, 0xC8, 0xCC};  // tables, reserved
  constexpr std::size_t kHeightAt = 5;
  constexpr std::size_t kWidthAt = 7;
  if (!bytes.starts_with("\xFF\xD8\xFF")) return std::nullopt;
  for (std::size_t at = 2; at + kWidthAt + 2 <= bytes.size();) {
    if (bytes[at] != '\xFF') return std::nullopt;
    const std::uint32_t marker = number_at(bytes, at + 1, 1, true);
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    const bool is_frame =
        marker >= kFirstFrame && marker <= kLastFrame && std::ranges::find(kNoFrames, marker) == kNoFrames.end();
    if (is_frame)
      return PictureFacts{"image/jpeg", number_at(bytes, at + kWidthAt, 2, true),
                          number_at(bytes, at + kHeightAt, 2, true)};
    at += 2 + number_at(bytes, at + 2, 2, true);
  }
  return std::nullopt;
}

std::optional<PictureFacts> webp_facts(std::string_view bytes) {
  constexpr std::size_t kHeadBytes = 30;
  constexpr std::uint32_t kSizeMask = 0x3FFF;
  constexpr unsigned kSizeBits = 14;
  if (bytes.size() < kHeadBytes || !bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WEBP") return std::nullopt;
  const std::string_view kind = bytes.substr(12, 4);
  if (kind == "VP8X")
    return PictureFacts{"image/webp", number_at(bytes, 24, 3, false) + 1, number_at(bytes, 27, 3, false) + 1};
  if (kind == "VP8L") {
    const std::uint32_t sizes = number_at(bytes, 21, 4, false);
    return PictureFacts{"image/webp", (sizes & kSizeMask) + 1, (sizes >> kSizeBits & kSizeMask) + 1};
  }
  if (kind != "VP8 ") return std::nullopt;
  return PictureFacts{"image/webp", number_at(bytes, 26, 2, false) & kSizeMask,
                      number_at(bytes, 28, 2, false) & kSizeMask};
}

// The brightness of a channel (0 to 255) as light, by sRGB.
double light_of(int channel) {
  const double part = channel / 255.0;
  return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
}

}  // namespace

std::optional<PictureFacts> picture_facts(std::string_view bytes) {
  if (auto facts = png_facts(bytes)) return facts;
  if (auto facts = jpeg_facts(bytes)) return facts;
  return webp_facts(bytes);
}

std::optional<int> contrast_hundredths(std::string_view color, bool with_white) {
  constexpr std::size_t kSize = 7;
  if (color.size() != kSize || color[0] != '#') return std::nullopt;
  std::array<int, 3> channels{};
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const char* from = color.data() + 1 + 2 * i;
    const auto read = std::from_chars(from, from + 2, channels[i], 16);
    if (read.ec != std::errc() || read.ptr != from + 2 || channels[i] < 0) return std::nullopt;
  }
  const double light = 0.2126 * light_of(channels[0]) + 0.7152 * light_of(channels[1]) + 0.0722 * light_of(channels[2]);
  const double contrast = with_white ? 1.05 / (light + 0.05) : (light + 0.05) / 0.05;
  return static_cast<int>(std::floor(contrast * 100 + 1e-6));
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium does not start");
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

Result<Brand> read_brand(const Workspace& workspace) {
  APPORTION_ASSIGN(const HomeTexts texts, open_home_texts(workspace));
  APPORTION_ASSIGN(auto all, texts.all());
  Brand brand;
  for (const TextOfBrand& text : kTexts) brand.*text.text = all[text.name];
  brand.logo_type = all[kLogoType];
  if (!brand.logo_type.empty()) brand.logo_hash = ContentHash().add(all[kLogo]).hex();
  return brand;
}

Result<std::string> brand_address(const Home& home, const Clock& clock) {
  APPORTION_ASSIGN(const HomeTexts texts, HomeTexts::open(home.control_plane_file(), clock));
  APPORTION_ASSIGN(auto all, texts.all());
  return all[kAddress];
}

Result<std::optional<BrandLogo>> read_brand_logo(const Workspace& workspace) {
  APPORTION_ASSIGN(const HomeTexts texts, open_home_texts(workspace));
  APPORTION_ASSIGN(auto all, texts.all());
  if (all[kLogoType].empty()) return std::optional<BrandLogo>();
  return std::optional(BrandLogo{all[kLogoType], bytes_of_base64(all[kLogo]).value_or("")});
}

Result<Brand> change_brand(const Caller& caller, const Workspace& workspace, const BrandChange& change,
                           const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_TRY(check_text(change.name.value_or(""), "name", kNameBytesMax));
  APPORTION_TRY(check_text(change.support_text.value_or(""), "support text", kTextBytesMax));
  APPORTION_TRY(check_color(change.color.value_or(""), true));
  APPORTION_TRY(check_color(change.dark_color.value_or(""), false));
  APPORTION_TRY(check_support_link(change));
  std::map<std::string, std::string> texts;
  std::vector<std::string_view> told;
  for (const TextOfBrand& text : kTexts) {
    if (!(change.*text.change)) continue;
    texts[text.name] = *(change.*text.change);
    told.emplace_back(text.what);
  }
  if (change.address && !change.address->empty()) {
    APPORTION_ASSIGN(texts[kAddress], checked_service_address(*change.address, ErrorId::kBrandInvalid,
                                                              "this is not an address of the page"));
  }
  if (change.logo) {
    texts[kLogo] = base64_of(*change.logo);
    texts[kLogoType] = "";
    if (!change.logo->empty()) {
      APPORTION_ASSIGN(const PictureFacts facts, checked_logo(*change.logo));
      texts[kLogoType] = facts.content_type;
    }
    told.emplace_back("logo");
  }
  if (!texts.empty()) {
    APPORTION_ASSIGN(HomeTexts home_texts, open_home_texts(workspace));
    APPORTION_TRY(home_texts.put(texts, "brand.put", fmt::format("{}", fmt::join(told, ", ")), doer));
  }
  return read_brand(workspace);
}

}  // namespace apportion
