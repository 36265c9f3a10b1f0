#include "serve/http/tls_files.h"

#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "foundation/base/check.h"
#include "foundation/base/next_step.h"

namespace apportion {
namespace {

Error invalid(const std::filesystem::path& file) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return {ErrorId::kTlsFilesInvalid, "certificate and key cannot be used", file.string(),
          reason == nullptr ? "OpenSSL gives no reason" : reason,
          "name a certificate with its chain and the key that belongs to it, both PEM, the key without a password: " +
              step(Step::kServeWithTls)};
}

// Without this, OpenSSL asks for the password of a key at the terminal.
int no_password(char*, int, int, void*) { return 0; }

}  // namespace

void TlsContextFree::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

Result<TlsContext> make_tls_context(const HttpTlsFiles& files) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  APPORTION_CHECK(context != nullptr, "OpenSSL makes a context");
  SSL_CTX* raw = context.get();
  APPORTION_CHECK(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1, "OpenSSL knows TLS 1.2");
  APPORTION_CHECK(SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1, "OpenSSL knows these ciphers");
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_default_passwd_cb(raw, no_password);
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1) return invalid(files.certificate);
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1) return invalid(files.key);
  if (SSL_CTX_check_private_key(raw) != 1) return invalid(files.key);
  return context;
}

}  // namespace apportion
