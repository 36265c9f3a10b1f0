#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "azure/credential_parts_internal.h"
#include "azure/token_answer_internal.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;

// While a machine starts, its identity endpoint says 404 or 410.
constexpr auto kPassingStatuses = std::to_array<int>({404, 410, 429, 500, 502, 503, 504});
constexpr int kAttemptsMax = 6;
constexpr milliseconds kFirstPause = std::chrono::seconds(1);
constexpr milliseconds kSilenceMax = std::chrono::seconds(10);

class ManagedIdentity : public Credential {
 public:
  ManagedIdentity(CredentialSettings settings, CredentialWorld world)
      : settings_(std::move(settings)), world_(std::move(world)) {
    if (!world_.wait) world_.wait = [](milliseconds time, const Cancel& cancel) { return cancel.wait_for(time); };
  }

  Result<AccessToken> get(const TokenRequest& request, const Cancel& cancel) override {
    if (!request.tenant.empty() && !settings_.tenant.empty() && request.tenant != settings_.tenant) {
      return Error{ErrorId::kSignInSettingsInvalid, "could not sign in", description(),
                   fmt::format("a managed identity has tokens only for its own tenant, not for {}", request.tenant),
                   "use an app registration that the other tenant has consented to, or a SAS"};
    }
    const HttpRequest question = question_for(resource_of(request.scope));
    for (int attempt = 1;; ++attempt) {
      auto response = world_.transport->send(question, cancel);
      if (!response) return with_hint(std::move(response).error(), cancel);
      const bool passes =
          std::find(kPassingStatuses.begin(), kPassingStatuses.end(), response->status) != kPassingStatuses.end();
      if (!passes || attempt == kAttemptsMax) {
        return read_token_answer(*response, world_.epoch_seconds(), description());
      }
      if (!world_.wait(kFirstPause * (1 << (attempt - 1)), cancel)) return cancelled_error(description());
    }
  }

  std::string description() const override {
    if (settings_.client_id.empty()) return "the managed identity of this machine";
    return fmt::format("the managed identity {} of this machine", settings_.client_id);
  }

 private:
  HttpRequest question_for(const std::string& resource) const {
    const auto endpoint = world_.variable("IDENTITY_ENDPOINT");
    const auto secret = world_.variable("IDENTITY_HEADER");
    HttpRequest request;
    request.may_repeat = false;  // repeated here, and not at all when nobody is there
    request.stall_time_max = kSilenceMax;
    request.answer_bytes_max = std::uint64_t{1} << 20;
    std::string query;
    if (endpoint && secret && !endpoint->empty()) {  // App Service
      request.url = *endpoint;
      query = "api-version=2019-08-01";
      request.headers = {{"X-IDENTITY-HEADER", *secret}};
    } else {
      std::string host = world_.variable("APPORTION_IMDS_ENDPOINT").value_or("");
      while (host.ends_with('/')) host.pop_back();
      request.url = (host.empty() ? "http://169.254.169.254" : host) + "/metadata/identity/oauth2/token";
      query = "api-version=2018-02-01";
      request.headers = {{"Metadata", "true"}};
    }
    query += "&resource=" + percent_encoded(resource);
    if (!settings_.client_id.empty()) query += "&client_id=" + percent_encoded(settings_.client_id);
    request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + query;
    return request;
  }

  static Error with_hint(Error error, const Cancel& cancel) {
    if (!is_unreachable(error.kind()) || cancel.requested()) return error;
    error.what = "could not sign in: the identity endpoint of this machine did not answer";
    error.next =
        "use this credential on an Azure virtual machine or App Service that has an identity; elsewhere, use "
        "an app registration";
    return error;
  }

  CredentialSettings settings_;
  CredentialWorld world_;
};

}  // namespace

MadeCredential make_managed_identity(const CredentialSettings& settings, CredentialWorld world) {
  if (!settings.tenant.empty()) APPORTION_TRY(check_tenant(settings.tenant));
  return {std::make_shared<ManagedIdentity>(settings, std::move(world))};
}

}  // namespace apportion
