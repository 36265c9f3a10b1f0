/// The certificate that an application signs in with: read from a file, with its key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

class SigningCertificate {
 public:
  /// PEM (certificate and RSA key in one file, the key possibly encrypted) or PKCS#12. Of several certificates, the one
  /// that belongs to the key. Errors: kCertificateUnusable if it is neither, the password is wrong, or the key is
  /// missing or not an RSA key.
  static Result<SigningCertificate> read(const std::filesystem::path& file, const std::string& password);
  SigningCertificate(SigningCertificate&&) noexcept;
  SigningCertificate& operator=(SigningCertificate&&) noexcept;
  ~SigningCertificate();

  std::int64_t ends_at() const;         ///< Seconds since 1970-01-01 UTC.
  std::string sha1() const;             ///< Thumbprint, 20 bytes.
  std::string sha256() const;           ///< Thumbprint, 32 bytes.
  enum class Padding { kPss, kPkcs1 };  ///< PS256 and RS256.
  std::string sign(std::string_view text, Padding padding) const;

 private:
  struct Parts;
  explicit SigningCertificate(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// URL-safe base64 without padding, as JSON web tokens have it.
std::string base64url(std::string_view bytes);

/// A signed assertion that proves who an application is: `audience` is the URL it is sent to.
std::string client_assertion(const SigningCertificate& certificate, const std::string& client_id,
                             const std::string& audience, std::int64_t epoch_seconds,
                             SigningCertificate::Padding padding);

}  // namespace apportion
