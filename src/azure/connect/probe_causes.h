/// Why a probe failed: Azure's codes grouped into the few causes that call for different actions.
#pragma once

#include <string_view>

#include "azure/azure_error.h"
#include "foundation/base/result.h"

namespace apportion {

enum class ProbeCause {
  kNone,
  kBadCredential,  ///< Secret, certificate or token file is wrong or expired.
  kWrongTenant,
  kNoConsent,  ///< The tenant does not know the application, or nobody consented to it.
  kNoRole,
  kFirewall,
  kSasExpired,
  kSasLetters,  ///< The SAS lacks permissions.
  kSasWrong,    ///< Another service or resource type, a broken signature, another key.
  kContainerMissing,
  kNotFound,
  kNotRegistered,  ///< The resource provider of exports.
  kExpiresSoon,
  kUnreachable,
  kOther,
};

/// `no-role`, `sas-expired`, …; empty for kNone.
std::string_view probe_cause_name(ProbeCause cause);

/// Of an answer of Resource Manager.
ProbeCause arm_cause(const AzureFailure& failure);
/// Of an answer of storage. `by_sas`: the request carried a SAS and no token.
ProbeCause storage_cause(const AzureFailure& failure, bool by_sas);
/// Of a token that could not be obtained. `own_tenant`: the tenant is that of the app registration.
ProbeCause token_cause(const Error& error, bool own_tenant);

}  // namespace apportion
