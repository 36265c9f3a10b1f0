#include "azure/connect/probe_causes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kNames = std::to_array<std::pair<ProbeCause, std::string_view>>({
    {ProbeCause::kNone, ""},
    {ProbeCause::kBadCredential, "bad-credential"},
    {ProbeCause::kWrongTenant, "wrong-tenant"},
    {ProbeCause::kNoConsent, "no-consent"},
    {ProbeCause::kNoRole, "no-role"},
    {ProbeCause::kFirewall, "firewall"},
    {ProbeCause::kSasExpired, "sas-expired"},
    {ProbeCause::kSasLetters, "sas-letters"},
    {ProbeCause::kSasWrong, "sas-wrong"},
    {ProbeCause::kContainerMissing, "container-missing"},
    {ProbeCause::kNotFound, "not-found"},
    {ProbeCause::kNotRegistered, "not-registered"},
    {ProbeCause::kExpiresSoon, "expires-soon"},
    {ProbeCause::kUnreachable, "unreachable"},
    {ProbeCause::kOther, "other"},
});

struct CauseRow {
  std::string_view code;
  std::string_view text;  ///< Also in the message; empty: any.
  ProbeCause cause;
};

constexpr auto kArm = std::to_array<CauseRow>({
    {"AuthorizationFailed", "", ProbeCause::kNoRole},
    {"RBACAccessDenied", "", ProbeCause::kNoRole},
    {"BillingAccessDenied", "", ProbeCause::kNoRole},
    {"LinkedAuthorizationFailed", "", ProbeCause::kNoRole},
    {"Unauthorized", "", ProbeCause::kNoRole},
    {"Forbidden", "", ProbeCause::kNoRole},
    {"InvalidAuthenticationTokenTenant", "", ProbeCause::kWrongTenant},
    {"InvalidAuthenticationToken", "", ProbeCause::kBadCredential},
    {"ExpiredAuthenticationToken", "", ProbeCause::kBadCredential},
    {"MissingSubscriptionRegistration", "", ProbeCause::kNotRegistered},
    {"SubscriptionNotRegistered", "", ProbeCause::kNotRegistered},
});

constexpr auto kStorage = std::to_array<CauseRow>({
    {"AuthorizationPermissionMismatch", "", ProbeCause::kNoRole},
    {"InsufficientAccountPermissions", "", ProbeCause::kNoRole},
    {"AuthorizationFailure", "", ProbeCause::kFirewall},
    {"InvalidAuthenticationInfo", "Issuer validation failed", ProbeCause::kWrongTenant},
    {"InvalidAuthenticationInfo", "", ProbeCause::kBadCredential},
    {"AuthenticationFailed", "", ProbeCause::kBadCredential},
    {"ContainerNotFound", "", ProbeCause::kContainerMissing},
    {"FilesystemNotFound", "", ProbeCause::kContainerMissing},
    {"ContainerBeingDeleted", "", ProbeCause::kContainerMissing},
});

constexpr auto kStorageBySas = std::to_array<CauseRow>({
    {"AuthorizationPermissionMismatch", "", ProbeCause::kSasLetters},
    {"InsufficientAccountPermissions", "", ProbeCause::kSasLetters},
    {"AuthorizationFailure", "", ProbeCause::kFirewall},
    {"AuthenticationFailed", "Signature not valid in the specified time frame", ProbeCause::kSasExpired},
    {"AuthenticationFailed", "Signed expiry time", ProbeCause::kSasExpired},
    {"AuthenticationFailed", "", ProbeCause::kSasWrong},
    {"AuthorizationResourceTypeMismatch", "", ProbeCause::kSasWrong},
    {"AuthorizationServiceMismatch", "", ProbeCause::kSasWrong},
    {"AuthorizationProtocolMismatch", "", ProbeCause::kSasWrong},
    {"AuthorizationSourceIPMismatch", "", ProbeCause::kSasWrong},
    {"KeyBasedAuthenticationNotPermitted", "", ProbeCause::kSasWrong},
    {"ContainerNotFound", "", ProbeCause::kContainerMissing},
    {"FilesystemNotFound", "", ProbeCause::kContainerMissing},
    {"ContainerBeingDeleted", "", ProbeCause::kContainerMissing},
});

struct SignInRow {
  std::string_view number;  ///< After `AADSTS`.
  ProbeCause in_own_tenant;
  ProbeCause in_other_tenant;
};

constexpr auto kSignIn = std::to_array<SignInRow>({
    {"700016", ProbeCause::kWrongTenant, ProbeCause::kNoConsent},
    {"7000229", ProbeCause::kNoConsent, ProbeCause::kNoConsent},
    {"65001", ProbeCause::kNoConsent, ProbeCause::kNoConsent},
    {"650052", ProbeCause::kNoConsent, ProbeCause::kNoConsent},
    {"650057", ProbeCause::kNoConsent, ProbeCause::kNoConsent},
    {"500011", ProbeCause::kWrongTenant, ProbeCause::kWrongTenant},
    {"50194", ProbeCause::kWrongTenant, ProbeCause::kNoConsent},
    {"90002", ProbeCause::kWrongTenant, ProbeCause::kWrongTenant},
    {"900023", ProbeCause::kWrongTenant, ProbeCause::kWrongTenant},
    {"50020", ProbeCause::kWrongTenant, ProbeCause::kWrongTenant},
});

constexpr bool is_passing(int status) { return status == 408 || status == 429 || status >= 500; }

ProbeCause cause_in(std::span<const CauseRow> rows, const AzureFailure& failure) {
  for (const CauseRow& row : rows) {
    if (!ascii_equal_ignoring_case(row.code, failure.code)) continue;
    if (failure.message.find(row.text) != std::string::npos) return row.cause;
  }
  return ProbeCause::kNone;
}

std::string sign_in_number(const Error& error) {
  constexpr std::string_view kMark = "AADSTS";
  const std::string text = error.message();
  const auto found = text.find(kMark);
  if (found == std::string::npos) return {};
  auto end = found + kMark.size();
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  return text.substr(found + kMark.size(), end - found - kMark.size());
}

}  // namespace

std::string_view probe_cause_name(ProbeCause cause) {
  for (const auto& [known, name] : kNames) {
    if (known == cause) return name;
  }
  return "";
}

ProbeCause arm_cause(const AzureFailure& failure) {
  const ProbeCause known = cause_in(kArm, failure);
  if (known != ProbeCause::kNone) return known;
  if (is_passing(failure.status)) return ProbeCause::kUnreachable;
  if (failure.status == 401) return failure.tenant.empty() ? ProbeCause::kBadCredential : ProbeCause::kWrongTenant;
  if (failure.status == 403) return ProbeCause::kNoRole;
  return failure.status == 404 ? ProbeCause::kNotFound : ProbeCause::kOther;
}

ProbeCause storage_cause(const AzureFailure& failure, bool by_sas) {
  const ProbeCause known =
      by_sas ? cause_in(std::span<const CauseRow>(kStorageBySas), failure) : cause_in(kStorage, failure);
  if (known != ProbeCause::kNone) return known;
  if (is_passing(failure.status)) return ProbeCause::kUnreachable;
  if (failure.status == 401) return by_sas ? ProbeCause::kSasWrong : ProbeCause::kBadCredential;
  return failure.status == 404 ? ProbeCause::kNotFound : ProbeCause::kOther;
}

ProbeCause token_cause(const Error& error, bool own_tenant) {
  if (is_unreachable(error.kind())) return ProbeCause::kUnreachable;
  const std::string number = sign_in_number(error);
  for (const SignInRow& row : kSignIn) {
    if (row.number == number) return own_tenant ? row.in_own_tenant : row.in_other_tenant;
  }
  return ProbeCause::kBadCredential;
}

}  // namespace apportion
