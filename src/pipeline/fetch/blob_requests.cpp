#include "pipeline/fetch/blob_requests.h"

#include <utility>

#include <fmt/format.h>

#include "azure/cloud.h"
#include "foundation/base/check.h"

namespace apportion {
namespace {

// The first version that marks encoded names in lists came earlier; tokens need 2017-11-09.
constexpr const char* kStorageVersion = "2021-08-06";
constexpr int kUnauthorized = 401;

}  // namespace

BlobRequests::BlobRequests(AzureAccess access, std::string account, std::string sas)
    : access_(std::move(access)), account_(std::move(account)), sas_(std::move(sas)) {
  APPORTION_CHECK(access_.transport != nullptr, "blob storage without a transport");
  if (sas_.empty()) sas_ = access_.sas;
  if (sas_.starts_with('?')) sas_.erase(0, 1);
  if (access_.party.empty()) access_.party = account_;
  if (access_.budget == nullptr) access_.budget = std::make_shared<FetchBudget>();
}

Result<HttpResponse> BlobRequests::send(HttpRequest request, const Cancel& cancel) const {
  request.headers.push_back({"x-ms-version", kStorageVersion});
  if (!sas_.empty()) {
    request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + sas_;
    return send_once(request, cancel);
  }
  if (access_.tokens == nullptr) return send_once(request, cancel);

  const TokenRequest wanted{access_.storage_tenant, Cloud::storage_scope()};
  APPORTION_ASSIGN(const std::string token, access_.tokens->token(wanted, cancel));
  request.headers.push_back({"Authorization", "Bearer " + token});
  APPORTION_ASSIGN(HttpResponse response, send_once(request, cancel));
  if (response.status != kUnauthorized) return response;
  access_.tokens->forget(wanted);
  APPORTION_ASSIGN(const std::string renewed, access_.tokens->token(wanted, cancel));
  request.headers.back().value = "Bearer " + renewed;
  return send_once(request, cancel);
}

Result<HttpResponse> BlobRequests::send_once(const HttpRequest& request, const Cancel& cancel) const {
  APPORTION_ASSIGN(const auto slot, access_.budget->wait_for_slot(account_, access_.party, cancel));
  APPORTION_ASSIGN(HttpResponse response, access_.transport->send(request, cancel));
  if (response.status < 300 || response.status >= 400) return response;
  return Error{ErrorId::kStorageRedirected,
               "the storage account answered with a redirect, and redirects are never followed", shown_url(request.url),
               fmt::format("status {} to {}", response.status, shown_url(response.header("Location"))),
               "check the URL of the location, and whether a proxy answers instead of Azure"};
}

}  // namespace apportion
