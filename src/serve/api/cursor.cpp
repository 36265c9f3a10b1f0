#include "serve/api/cursor.h"

#include <vector>

#include <sodium.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

using Tag = std::array<unsigned char, crypto_auth_BYTES>;
static_assert(crypto_auth_KEYBYTES == 32);
constexpr std::size_t kCursorBytesMax = 4096;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Tag tag_of(std::string_view belongs_to, std::string_view position, const unsigned char* key) {
  std::string text(belongs_to);
  text += '\0';
  text += position;
  Tag tag{};
  crypto_auth(tag.data(), bytes_of(text), text.size(), key);
  return tag;
}

Error invalid_cursor() {
  return Error{ErrorId::kCursorInvalid, "the cursor is not valid", "cursor",
               "it belongs to another question or person, or the service was started again since",
               "ask for the first page again, without a cursor"};
}

}  // namespace

CursorSealer::CursorSealer() : key_() {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium starts");
  crypto_auth_keygen(key_.data());
}

std::string CursorSealer::seal(std::string_view belongs_to, std::string_view position) const {
  const Tag tag = tag_of(belongs_to, position, key_.data());
  std::string sealed(tag.begin(), tag.end());
  sealed += position;
  std::string text(sodium_base64_ENCODED_LEN(sealed.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(sealed), sealed.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.resize(text.find('\0'));
  return text;
}

Result<std::string> CursorSealer::open(std::string_view belongs_to, std::string_view cursor) const {
  if (cursor.size() > kCursorBytesMax) return invalid_cursor();
  std::string sealed(cursor.size(), '\0');
  std::size_t size = 0;
  const int read = sodium_base642bin(reinterpret_cast<unsigned char*>(sealed.data()), sealed.size(), cursor.data(),
                                     cursor.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  if (read != 0 || size < crypto_auth_BYTES) return invalid_cursor();
  const std::string position = sealed.substr(crypto_auth_BYTES, size - crypto_auth_BYTES);
  const Tag tag = tag_of(belongs_to, position, key_.data());
  if (sodium_memcmp(tag.data(), sealed.data(), tag.size()) != 0) return invalid_cursor();
  return position;
}

}  // namespace apportion
