/// BlobRequests: requests to one storage account, signed by SAS or token, within the budget. Thread-safe.
#pragma once

#include <string>

#include "azure/http.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/azure_access.h"

namespace apportion {

class BlobRequests {
 public:
  /// `sas`: of the location; when empty, that of `access` or its token is used.
  BlobRequests(AzureAccess access, std::string account, std::string sas);

  /// Sends a request whose URL does not have the SAS yet. An answer of any status except a redirect is a value; after a
  /// 401 to a token the request is sent once more with a new token.
  Result<HttpResponse> send(HttpRequest request, const Cancel& cancel) const;

  const AzureAccess& access() const { return access_; }
  FetchBudget& budget() const { return *access_.budget; }

 private:
  Result<HttpResponse> send_once(const HttpRequest& request, const Cancel& cancel) const;

  AzureAccess access_;
  std::string account_;
  std::string sas_;
};

}  // namespace apportion
