/// Sas: a shared access signature, the query that gives its bearer access to a storage account.
///
/// It is kept byte for byte, since its signature covers it; it is parsed here only for checks and messages before it is
/// used. Source: the parameters of account, service and user delegation SAS in Azure's storage documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

struct Sas {
  std::string query;  ///< As given, without `?`. A secret.

  std::string permissions;                ///< `sp`: letters of r a c w d l …; empty if a stored policy says them.
  std::string services;                   ///< `ss`, account SAS only: b is blob.
  std::string resource_types;             ///< `srt`, account SAS only: s service, c container, o object.
  std::string resource;                   ///< `sr`, other SAS only: c container, d directory, b blob.
  std::string protocol;                   ///< `spr`: `https`, or `https,http`, or empty.
  std::string policy;                     ///< `si`: name of a policy that is stored with the container.
  std::optional<std::int64_t> starts_at;  ///< Seconds since 1970-01-01 UTC.
  std::optional<std::int64_t> ends_at;    ///< The earlier of `se` and the end of the signing key (`ske`).

  bool is_of_account() const { return !services.empty() || !resource_types.empty(); }
};

/// Reads a SAS, alone (with or without `?`) or at the end of a URL. kSasInvalid if it is not one.
Result<Sas> parse_sas(std::string_view text);

struct UrlAndSas {
  std::string url;  ///< Without query.
  std::string sas;  ///< Without `?`; empty if there was none.
};

/// Separates a location from the SAS at its end.
UrlAndSas split_sas(std::string_view url);

/// What a SAS is needed for.
struct SasNeed {
  std::string_view permissions;
  std::string_view resource_types;
  bool of_account;  ///< Only an account SAS will do.
  std::string_view purpose;
};

/// To list and read blobs.
inline constexpr SasNeed kSasToRead{"rl", "co", false, "reading"};
/// To let Cost Management deliver exports, which requires an account SAS.
inline constexpr SasNeed kSasToDeliver{"racwdl", "sco", true, "the delivery of exports"};

/// Whether a SAS is valid for it now. Errors (kSasUnusable): expired, not valid yet, letters missing; everything that
/// is missing is named. `where`: the location. What only the stored policy knows is assumed to be valid.
Result<void> check_sas(const Sas& sas, const SasNeed& need, std::int64_t epoch_seconds, std::string where);

/// Whole days until it expires; nothing if that is unknown, negative if it has expired.
std::optional<std::int64_t> days_left(const Sas& sas, std::int64_t epoch_seconds);

}  // namespace apportion
