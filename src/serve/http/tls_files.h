/// Certificate and key of a server, and what TLS is allowed to be.
#pragma once

#include <memory>

#include <openssl/types.h>

#include "foundation/base/result.h"
#include "serve/http/http_server.h"

namespace apportion {

struct TlsContextFree {
  void operator()(SSL_CTX* context) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextFree>;

/// A context for the server's side: TLS 1.2 and 1.3, forward secrecy, authenticated ciphers, no renegotiation. Errors:
/// kTlsFilesInvalid if a file cannot be read, or the two do not belong together.
Result<TlsContext> make_tls_context(const HttpTlsFiles& files);

}  // namespace apportion
