/// What the parts of `probes.cpp` share: the making of probes, and the two ways to call Azure without changing it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "azure/connect/grants.h"
#include "azure/connect/probes.h"

namespace apportion {

Probe probe_skipped(std::string name, std::string where, std::string because);
/// A failure reported by Azure. `doing` as in azure_error.
Probe probe_failed(std::string name, std::string where, ProbeCause cause, const AzureFailure& failure,
                   std::string_view doing);
/// Says which role is missing and how to get it.
void name_grant(Probe& probe, const Grant& grant, const Principal& principal);

/// One request with a token of ARM.
Result<HttpResponse> arm_request(const ProbeWorld& world, const std::string& token, std::string method,
                                 const std::string& path_and_query, std::string body = "");

/// Probes of one storage location: listing, reading, its SAS. `token`: of storage; empty if there is none, `no_token`
/// says why then.
void probe_storage(const ProbeWorld& world, const ProbeSettings& settings, const ProbeStorage& storage,
                   const std::string& token, const std::string& no_token, std::vector<Probe>& probes);

/// Whether `day` is past, near or far, as a probe about a thing that ends that day.
Probe probe_expiry(std::string name, std::string where, std::string_view what, Day day, Day today, int warn_days);

}  // namespace apportion
