#include "azure/certificate.h"

#include <ctime>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <nlohmann/json.hpp>

#include "azure/testing_certificate.h"
#include "foundation/base/test_support.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using Padding = SigningCertificate::Padding;

// Whether Entra, which knows the certificate, would take the signature.
bool is_signed_by(const std::string& certificate_pem, std::string_view text, std::string_view signature,
                  Padding padding) {
  BIO* reader = BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size()));
  X509* certificate = PEM_read_bio_X509(reader, nullptr, nullptr, nullptr);
  EVP_MD_CTX* check = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  EVP_DigestVerifyInit(check, &options, EVP_sha256(), nullptr, X509_get0_pubkey(certificate));
  if (padding == Padding::kPss) {
    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32);
  }
  const auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
  const bool good = EVP_DigestVerify(check, bytes(signature), signature.size(), bytes(text), text.size()) == 1;
  EVP_MD_CTX_free(check);
  X509_free(certificate);
  BIO_free(reader);
  return good;
}

const TestCertificate& made() {
  static const TestCertificate certificate = make_test_certificate(3600);
  return certificate;
}

class CertificateTest : public ::testing::Test {
 protected:
  Result<SigningCertificate> read(const std::string& content, const std::string& password = "") {
    std::ofstream(folder_ / "file", std::ios::binary) << content;
    return SigningCertificate::read(folder_ / "file", password);
  }
  TestFolder folder_;
};

TEST_F(CertificateTest, IsReadFromPemInAnyOrderAndFromPkcs12) {
  const std::string other = make_test_certificate(60).certificate_pem;
  const auto first = read(made().key_pem + made().certificate_pem);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->sha1().size(), 20U);
  EXPECT_EQ(first->sha256().size(), 32U);
  EXPECT_EQ(read(other + made().certificate_pem + made().key_pem)->sha256(), first->sha256());
  const auto boxed = read(made().pkcs12, "pass word");
  ASSERT_TRUE(boxed) << boxed.error().message();
  EXPECT_EQ(boxed->sha256(), first->sha256());
  const std::int64_t left = boxed->ends_at() - std::time(nullptr);
  EXPECT_GT(left, 0);
  EXPECT_LE(left, 3600);
}

TEST_F(CertificateTest, SaysWhatIsWrongWithAFile) {
  struct Case {
    std::string content;
    std::string password;
    const char* says;
  };
  for (const Case& test : {
           Case{"", "", "neither PEM nor PKCS#12"},
           Case{"junk", "", "neither PEM nor PKCS#12"},
           Case{made().certificate_pem, "", "no private key"},
           Case{made().key_pem, "", "no certificate for its key"},
           Case{made().key_pem + make_test_certificate(60).certificate_pem, "", "no certificate for its key"},
           Case{"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "cannot be read"},
           Case{made().pkcs12, "wrong", "password is wrong"},
           Case{made().pkcs12, "", "password is wrong"},
       }) {
    const auto refused = read(test.content, test.password);
    ASSERT_FALSE(refused) << test.says;
    EXPECT_EQ(refused.error().id, ErrorId::kCertificateUnusable);
    EXPECT_THAT(refused.error().message(), HasSubstr(test.says));
  }
  EXPECT_FALSE(SigningCertificate::read(folder_ / "missing", ""));
}

TEST_F(CertificateTest, SignsAssertionsThatEntraTakes) {
  const auto certificate = read(made().key_pem + made().certificate_pem);
  ASSERT_TRUE(certificate);
  for (const Padding padding : {Padding::kPss, Padding::kPkcs1}) {
    const std::string token = client_assertion(*certificate, "app", "https://login/t/token", 10'000, padding);
    const auto parts = split_text(token, '.');
    ASSERT_EQ(parts.size(), 3U);
    const auto header = nlohmann::json::parse(from_base64url(parts[0]));
    const auto claims = nlohmann::json::parse(from_base64url(parts[1]));
    if (padding == Padding::kPss) {
      EXPECT_EQ(header["alg"], "PS256");
      EXPECT_EQ(from_base64url(header["x5t#S256"].get<std::string>()), certificate->sha256());
    } else {
      EXPECT_EQ(header["alg"], "RS256");
      EXPECT_EQ(from_base64url(header["x5t"].get<std::string>()), certificate->sha1());
    }
    EXPECT_EQ(claims["aud"], "https://login/t/token");
    EXPECT_EQ(claims["iss"], "app");
    EXPECT_EQ(claims["sub"], "app");
    EXPECT_EQ(claims["nbf"], 9'700);
    EXPECT_EQ(claims["exp"], 10'600);
    EXPECT_EQ(claims["jti"].get<std::string>().size(), 36U);
    const std::string signature = from_base64url(parts[2]);
    const std::string text = std::string(parts[0]) + "." + std::string(parts[1]);
    EXPECT_TRUE(is_signed_by(made().certificate_pem, text, signature, padding));
    EXPECT_FALSE(is_signed_by(made().certificate_pem, text + "x", signature, padding));
  }
}

TEST(Base64Url, HasNoPadding) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foo"), "Zm9v");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
}

}  // namespace
}  // namespace apportion
