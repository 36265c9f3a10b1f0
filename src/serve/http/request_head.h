/// From the header of a request to its head: who sent it, to which host, for what.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

/// The other side of a connection, and ours.
struct HttpPeer {
  std::string address;
  std::string local_address;
  bool is_tls = false;
  /// It is a proxy that we may believe: the server is behind one, and the peer on loopback or a private network.
  bool is_trusted_proxy = false;
};

/// What a request line and its header fields say, not yet judged.
struct RawRequestHead {
  std::string method;
  std::string target;
  bool is_http_1_0 = false;
  HttpHeaders headers;
};

/// Reads a head; `request_id` is left empty. `host_names` are those of HttpServerOptions. Errors: kRequestMalformed,
/// kHostUnknown.
///
/// `Host` must be the loopback, the address that the connection reached, or one of the names: a page of a foreign site
/// whose name was made to lead here (DNS rebinding) is refused. A trusted proxy may name any host when no names are
/// given: then it is the proxy that knows them.
Result<HttpRequestHead> read_request_head(RawRequestHead raw, const HttpPeer& peer,
                                          const std::vector<std::string>& host_names);

}  // namespace apportion
