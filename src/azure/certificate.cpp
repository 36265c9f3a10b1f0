#include "azure/certificate.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <nlohmann/json.hpp>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 20;
// An assertion is good from a little before now (clocks differ) until soon after.
constexpr std::int64_t kSecondsBefore = 300;
constexpr std::int64_t kSecondsAfter = 600;

template <auto Free>
struct Deleter {
  template <class Thing>
  void operator()(Thing* thing) const {
    Free(thing);
  }
};
void free_certificates(STACK_OF(X509) * list) { sk_X509_pop_free(list, X509_free); }

using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), Deleter<free_certificates>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Deleter<PKCS12_free>>;
using Signing = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

Error unusable(const std::filesystem::path& file, std::string why, std::string next) {
  ERR_clear_error();
  return {ErrorId::kCertificateUnusable, "the certificate cannot be used", file.string(), std::move(why),
          std::move(next)};
}

int give_password(char* buffer, int size, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (static_cast<std::size_t>(size) < text.size()) return -1;
  text.copy(buffer, text.size());
  return static_cast<int>(text.size());
}

Bio reader_of(const std::string& content) {
  return Bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
}

std::string digest_of(const X509* certificate, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  APPORTION_CHECK(X509_digest(certificate, kind, bytes.data(), &size) == 1, "OpenSSL makes a thumbprint");
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

struct KeyAndCertificate {
  Key key;
  Certificate certificate;
};

Result<KeyAndCertificate> read_pem(const std::filesystem::path& file, const std::string& content,
                                   std::string password) {
  KeyAndCertificate found;
  found.key.reset(PEM_read_bio_PrivateKey(reader_of(content).get(), nullptr, give_password, &password));
  OPENSSL_cleanse(password.data(), password.size());
  if (!found.key) {
    const bool has_key = content.find("PRIVATE KEY-----") != std::string::npos;
    if (has_key) return unusable(file, "its key cannot be read", "give the right password for the certificate");
    return unusable(file, "it contains no private key", "put the certificate and its key into one PEM file");
  }
  const Bio reader = reader_of(content);
  while (true) {
    found.certificate.reset(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
    if (!found.certificate) break;
    if (X509_check_private_key(found.certificate.get(), found.key.get()) == 1) return found;
  }
  return unusable(file, "it contains no certificate for its key", "put the certificate and its key into one PEM file");
}

Result<KeyAndCertificate> read_pkcs12(const std::filesystem::path& file, const std::string& content,
                                      const std::string& password) {
  const Pkcs12 box(d2i_PKCS12_bio(reader_of(content).get(), nullptr));
  if (!box)
    return unusable(file, "it is neither PEM nor PKCS#12", "name a file with a certificate and its private key");
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  const bool opened = PKCS12_parse(box.get(), password.c_str(), &key, &certificate, &others) == 1;
  KeyAndCertificate found{Key(key), Certificate(certificate)};
  const Certificates rest(others);
  if (!opened) {
    const bool is_old = ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED;
    if (is_old) {
      return unusable(file, "it is encrypted with an algorithm that is no longer safe",
                      "convert it: openssl pkcs12 -legacy -in FILE -nodes -out FILE.pem");
    }
    return unusable(file, "the password is wrong", "give the right password for the certificate");
  }
  if (!found.key || !found.certificate) {
    return unusable(file, "the certificate or its key is missing", "export the certificate together with its key");
  }
  return found;
}

void append_json(std::string& token, const nlohmann::json& part) { token += base64url(part.dump()); }

}  // namespace

struct SigningCertificate::Parts {
  Key key;
  Certificate certificate;
};

SigningCertificate::SigningCertificate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SigningCertificate::SigningCertificate(SigningCertificate&&) noexcept = default;
SigningCertificate& SigningCertificate::operator=(SigningCertificate&&) noexcept = default;
SigningCertificate::~SigningCertificate() = default;

Result<SigningCertificate> SigningCertificate::read(const std::filesystem::path& file, const std::string& password) {
  APPORTION_ASSIGN(std::string content, read_file(file, kFileBytesMax));
  const bool is_pem = content.find("-----BEGIN ") != std::string::npos;
  auto found = is_pem ? read_pem(file, content, password) : read_pkcs12(file, content, password);
  OPENSSL_cleanse(content.data(), content.size());
  if (!found) return std::move(found).error();
  if (EVP_PKEY_get_base_id(found->key.get()) != EVP_PKEY_RSA) {
    return unusable(file, "its key is not an RSA key", "create a certificate with an RSA key: Entra accepts no other");
  }
  ERR_clear_error();  // reading the last certificate of a file leaves "no more" behind
  return SigningCertificate(std::make_unique<Parts>(Parts{std::move(found->key), std::move(found->certificate)}));
}

std::int64_t SigningCertificate::ends_at() const {
  int days = 0, seconds = 0;
  const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  const bool read = ASN1_TIME_diff(&days, &seconds, epoch.get(), X509_get0_notAfter(parts_->certificate.get())) == 1;
  return read ? std::int64_t{days} * 86'400 + seconds : 0;
}

std::string SigningCertificate::sha1() const { return digest_of(parts_->certificate.get(), EVP_sha1()); }

std::string SigningCertificate::sha256() const { return digest_of(parts_->certificate.get(), EVP_sha256()); }

std::string SigningCertificate::sign(std::string_view text, Padding padding) const {
  const Signing signing(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // of `signing`
  bool good = EVP_DigestSignInit(signing.get(), &options, EVP_sha256(), nullptr, parts_->key.get()) == 1;
  if (padding == Padding::kPss) {
    good = good && EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  good = good && EVP_DigestSign(signing.get(), nullptr, &size, bytes, text.size()) == 1;
  std::string signature(size, '\0');
  good = good && EVP_DigestSign(signing.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                                text.size()) == 1;
  APPORTION_CHECK(good, "OpenSSL signs with an RSA key");
  signature.resize(size);
  return signature;
}

std::string base64url(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += kAlphabet[(bits << (6 - count)) & 63];
  return text;
}

std::string client_assertion(const SigningCertificate& certificate, const std::string& client_id,
                             const std::string& audience, std::int64_t epoch_seconds,
                             SigningCertificate::Padding padding) {
  nlohmann::json header{{"typ", "JWT"}};
  if (padding == SigningCertificate::Padding::kPss) {
    header["alg"] = "PS256";
    header["x5t#S256"] = base64url(certificate.sha256());
  } else {
    header["alg"] = "RS256";
    header["x5t"] = base64url(certificate.sha1());
  }
  const nlohmann::json claims{{"aud", audience},
                              {"iss", client_id},
                              {"sub", client_id},
                              {"jti", random_guid()},
                              {"nbf", epoch_seconds - kSecondsBefore},
                              {"iat", epoch_seconds - kSecondsBefore},
                              {"exp", epoch_seconds + kSecondsAfter}};
  std::string token;
  append_json(token, header);
  token += '.';
  append_json(token, claims);
  return token + '.' + base64url(certificate.sign(token, padding));
}

}  // namespace apportion
