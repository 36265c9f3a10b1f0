/// Freshness: for each connection, how old its data is, when the next run is due, and what is late.
///
/// Azure's daily export runs once in a UTC day at a time that is not fixed, and its data is available within four hours
/// of the start (a new export's first run: within a day). So the next run is expected a day and four hours after the
/// last. Reruns of the month before, made in the first five days of a month, are runs like any other.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/utc_time.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"

namespace apportion {

inline constexpr std::chrono::hours kRunEvery{24};
inline constexpr std::chrono::hours kDeliveryTakes{4};

struct SourceFreshness {
  std::string connection;
  /// When the oldest of the newest runs (actual, amortized, FOCUS) was submitted; empty before the first import.
  std::optional<UtcTime> data_as_of;
  std::optional<UtcTime> next_expected;
  std::optional<SyncAttempt> last_attempt;

  bool is_late(UtcTime now, std::chrono::hours grace) const { return next_expected && now > *next_expected + grace; }
  std::optional<std::chrono::seconds> lag(UtcTime now) const;
};

/// One line for each connection, by name.
Result<std::vector<SourceFreshness>> freshness_of_connections(const ControlPlane& control_plane,
                                                              const AzureCatalog& catalog);

/// The same for who asks, of one connection or all. Errors: kPartnerOnly for everybody but the partner;
/// kNoSuchConnection.
Result<std::vector<SourceFreshness>> freshness(const Caller& caller, const Workspace& workspace,
                                               const std::optional<std::string>& connection);

struct ConnectionAttempt {
  std::string connection;
  SyncAttempt attempt;
};

/// The last syncs, the newest first. Errors: as above.
Result<std::vector<ConnectionAttempt>> last_syncs(const Caller& caller, const Workspace& workspace,
                                                  const std::optional<std::string>& connection,
                                                  std::int64_t attempts_max);

}  // namespace apportion
