#include "azure/testing_certificate.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

template <auto Free>
struct Deleter {
  template <class Thing>
  void operator()(Thing* thing) const {
    Free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Deleter<PKCS12_free>>;

template <class Write>
std::string written(Write write) {
  const Bio memory(BIO_new(BIO_s_mem()));
  APPORTION_CHECK(write(memory.get()) == 1, "OpenSSL writes");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::string from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bits = (bits << 6) | static_cast<std::uint32_t>(kAlphabet.find(c));
    count += 6;
    if (count >= 8) bytes += static_cast<char>((bits >> (count -= 8)) & 255);
  }
  return bytes;
}

TestCertificate make_test_certificate(std::int64_t seconds_left) {
  const Key key(EVP_RSA_gen(2048));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(seconds_left));
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const Extension host(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"));
  X509_add_ext(certificate.get(), host.get(), -1);
  APPORTION_CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "OpenSSL signs");

  TestCertificate made;
  made.certificate_pem = written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
  made.key_pem = written(
      [&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  const Pkcs12 both(PKCS12_create("pass word", "test", key.get(), certificate.get(), nullptr, 0, 0, 0, 0, 0));
  made.pkcs12 = written([&](BIO* bio) { return i2d_PKCS12_bio(bio, both.get()); });
  return made;
}

}  // namespace apportion
