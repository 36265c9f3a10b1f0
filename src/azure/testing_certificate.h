/// For tests: a key with a certificate that it signed itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace apportion {

struct TestCertificate {
  std::string key_pem;
  std::string certificate_pem;
  std::string pkcs12;  ///< Both, under the password `pass word`.
};

/// RSA of 2048 bits, for 127.0.0.1, valid from an hour ago until `seconds_left` from now.
TestCertificate make_test_certificate(std::int64_t seconds_left);

std::string from_base64url(std::string_view text);

}  // namespace apportion
