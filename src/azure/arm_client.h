/// ArmClient: Azure Resource Manager as JSON calls, for the APIs of billing and cost management.
///
/// Signs in, sends, follows every `nextLink` (on the same host only), waits for long operations, and turns Azure's
/// errors into ours with Azure's code and request id. As thread-safe as its parts.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "azure/cloud.h"
#include "azure/http.h"
#include "azure/json_client.h"
#include "azure/token.h"
#include "foundation/base/result.h"

namespace apportion {

using ArmAnswer = JsonAnswer;

struct ArmCall {
  std::string method = "GET";
  std::string path;  ///< `/providers/Microsoft.Billing/billingAccounts`, not encoded; a `?query` may follow, encoded.
  std::string api_version;  ///< Goes into the query.
  nlohmann::json body;      ///< null: none.
  std::string doing;        ///< For messages: `list the exports`. What failed is "could not " + this.
  bool may_repeat = true;   ///< As in HttpRequest.
  /// Numbers with a fraction are returned as text: amounts must not pass through a binary fraction.
  bool exact_numbers = false;
};

class ArmClient {
 public:
  /// `transport` and `tokens` must outlive the client. `tenant`: whose token; empty for the credential's own.
  /// `wait` waits between two checks of a long operation, and returns false if it was cancelled; empty: `cancel` waits.
  ArmClient(HttpTransport& transport, TokenSource& tokens, Cloud cloud, std::string tenant, Cancel cancel,
            std::function<bool(std::chrono::milliseconds)> wait = {});

  /// One call. An unsuccessful answer is an Error: see `azure_error.h`.
  Result<ArmAnswer> call(const ArmCall& call);
  /// The `value`s of all pages.
  Result<std::vector<nlohmann::json>> list(const ArmCall& call);
  /// Calls (POST or PUT) and, on 202, asks the answer's Location again after Retry-After until the result is there;
  /// `told` is notified of every wait. The answer is the last one (200, or 204 for "no data").
  Result<ArmAnswer> run_to_end(const ArmCall& call, const std::function<void(std::chrono::seconds)>& told = {});

  const Cloud& cloud() const { return cloud_; }
  const Cancel& cancel() const { return client_.cancel(); }

 private:
  Result<std::string> url_of(const ArmCall& call) const;
  Result<ArmAnswer> send(const ArmCall& call, const std::string& url);

  JsonClient client_;
  Cloud cloud_;
  std::function<bool(std::chrono::milliseconds)> wait_;
};

}  // namespace apportion
