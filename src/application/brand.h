/// Brand: how the partner shows itself to customers, on the page and in mails, and where people reach the page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/people_book.h"

namespace apportion {

inline constexpr std::size_t kLogoBytesMax = std::size_t{256} * 1024;
inline constexpr std::int64_t kLogoPixelsMax = 1024;  ///< Of each side.

/// Each text is empty until it is set.
struct Brand {
  std::string name;
  std::string color;       ///< `#1a5fb4`: text and buttons on light pages.
  std::string dark_color;  ///< The same on dark pages.
  std::string support_text;
  std::string support_link;  ///< An https URL, or `mailto:ADDRESS`.
  std::string address;       ///< Where people reach the page: `https://bill.example.com`.
  std::string logo_type;     ///< `image/png`, `image/jpeg` or `image/webp`; empty without a logo.
  std::string logo_hash;

  bool operator==(const Brand&) const = default;
};

/// What is to change; what is not said stays as it is, and an empty text takes it away.
struct BrandChange {
  std::optional<std::string> name = {};
  std::optional<std::string> color = {};
  std::optional<std::string> dark_color = {};
  std::optional<std::string> support_text = {};
  std::optional<std::string> support_link = {};
  std::optional<std::string> address = {};
  std::optional<std::string> logo = {};  ///< Its bytes.
};

struct BrandLogo {
  std::string content_type;
  std::string content;
};

/// For everybody: it stands on the page before anybody is signed in. Errors: those of the control plane.
Result<Brand> read_brand(const Workspace& workspace);
/// Where people reach the page; empty until it is set.
Result<std::string> brand_address(const Home& home, const Clock& clock);
/// Nothing if there is none.
Result<std::optional<BrandLogo>> read_brand_logo(const Workspace& workspace);

/// Errors: kPartnerOnly; kBrandInvalid: a text that is too long or has controls, a URL that is none, a colour that is
/// none or cannot be read (a contrast below 4.5), a logo that is no PNG, JPEG or WebP, or is too large.
Result<Brand> change_brand(const Caller& caller, const Workspace& workspace, const BrandChange& change,
                           const Doer& doer);

/// A picture as its first bytes say, whatever its name is.
struct PictureFacts {
  std::string content_type;
  std::int64_t width = 0;
  std::int64_t height = 0;
};
/// Nothing if it is no PNG, JPEG or WebP, or is cut off before its size.
std::optional<PictureFacts> picture_facts(std::string_view bytes);

/// The contrast of a colour (`#rrggbb`) with white or black, as WCAG 2 defines it, in hundredths: 100 to 2100. Nothing
/// if it is no colour.
std::optional<int> contrast_hundredths(std::string_view color, bool with_white);

/// Bytes of base64; nothing if it is none.
std::optional<std::string> bytes_of_base64(std::string_view text);

}  // namespace apportion
