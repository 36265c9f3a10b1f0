/// Azure's refusals, in words that a billing engineer can act on.
///
/// ARM and Cost Management answer `{"error": {"code", "message"}}`, storage answers XML and `x-ms-error-code`, Entra
/// answers `{"error", "error_description", "error_codes"}` with AADSTS numbers. Tables of codes, each with plain words
/// and a remedy, turn them into Errors; the code, the request id and the time of Azure's answer are kept in `why`, for
/// a support case. Unknown codes keep Azure's own text.
#pragma once

#include <string>
#include <string_view>

#include "azure/http.h"
#include "foundation/base/result.h"

namespace apportion {

/// The parts of an unsuccessful answer, whichever service it came from.
struct AzureFailure {
  int status = 0;
  std::string code;        ///< `AuthorizationFailed`, `AADSTS7000222`, `ContainerNotFound`; empty if there was none.
  std::string message;     ///< One line, shortened, without signatures and tokens.
  std::string request_id;  ///< `x-ms-request-id` or Entra's trace id.
  std::string time;        ///< The `Date` of the answer.
  std::string tenant;      ///< The tenant that the service asks to sign in to (401 only); empty if it named none.
};

AzureFailure read_failure(const HttpResponse& response);

/// A text of Azure's for people: one line, shortened, signatures and tokens in it as `REDACTED`.
std::string shown_message(std::string_view text);

/// `doing`: what was attempted (`list the exports`). `where`: scope or URL, without secrets.
Error azure_error(const AzureFailure& failure, std::string_view doing, std::string where);

}  // namespace apportion
