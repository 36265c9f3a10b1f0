#include "pipeline/fetch/md5.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "foundation/base/check.h"

namespace apportion {

Md5::Md5() : context_(EVP_MD_CTX_new()) {
  APPORTION_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) == 1, "no MD5");
}

void Md5::add(std::string_view bytes) {
  APPORTION_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "no MD5");
}

std::string Md5::digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  APPORTION_CHECK(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1, "no MD5");
  return {bytes.begin(), bytes.begin() + size};
}

std::string Md5::base64() {
  const std::string bytes = digest();
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
  const int length = EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + length};
}

std::string Md5::hex() {
  std::string text;
  for (const char byte : digest()) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

void Md5::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

}  // namespace apportion
