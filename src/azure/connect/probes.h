/// Probes: every permission and setting of a connection tested separately, for `connection test` and `doctor`.
///
/// A probe changes nothing in Azure. A failed probe names the cause, the missing role, where and for whom, and the
/// command that fixes it; a probe that depends on a failed one is skipped and says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/cloud.h"
#include "azure/connect/billing_api.h"
#include "azure/connect/exports_api.h"
#include "azure/connect/principal.h"
#include "azure/connect/probe_causes.h"
#include "azure/connect/scope.h"
#include "azure/http.h"
#include "azure/token.h"
#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

enum class ProbeState { kOk, kWarning, kFailed, kSkipped };
/// `ok`, `warning`, `failed`, `skipped`.
std::string_view probe_state_name(ProbeState state);

struct Probe {
  std::string name;   ///< `token-arm`, `billing-scope-readable`, `container-listable`, …; the same in every version.
  std::string where;  ///< Scope, tenant or URL; without secrets.
  ProbeState state = ProbeState::kOk;
  ProbeCause cause = ProbeCause::kNone;
  std::string said;  ///< What was found, in one sentence; for a failure with Azure's code and request id.
  std::string role;  ///< The missing role, where it is missing, and who lacks it; empty if it is not about a role.
  std::string role_scope;
  std::string principal;
  std::string command;  ///< The command that fixes it; empty if there is none.
  std::string next;     ///< What to do, in words.
};

/// A probe that found what it should.
Probe probe_ok(std::string name, std::string where, std::string said);
/// A failure before there was an answer.
Probe probe_error(std::string name, std::string where, ProbeCause cause, const Error& error);

/// A location of the connection, taken apart.
struct ProbeStorage {
  std::string dataset;        ///< Short name, for the probe's place: `actual`.
  std::string account;        ///< `acme`
  std::string container;      ///< `bills`
  std::string container_url;  ///< `https://acme.blob.core.windows.net/bills`, without query.
  std::string prefix;         ///< Folder in the container; may be empty.
  std::string sas;            ///< A secret; byte for byte, without question mark. Empty: a token is used.
};

/// A secret or certificate that expires.
struct ProbeExpiry {
  std::string what;  ///< `the client secret`
  Day day;
};

/// What signs in to Microsoft Graph for lines of invoices.
struct ProbeGraph {
  TokenSource* tokens = nullptr;  ///< Null: there is no credential.
  std::string tenant;
  std::string client_id;
};

struct ProbeSettings {
  bool signs_in = true;  ///< False for connections that have SAS only.
  std::string client_id;
  std::string tenant;          ///< Of the app registration.
  std::string storage_tenant;  ///< Empty: the same.
  std::optional<Scope> scope;  ///< None for connections that only read storage.
  bool manages_exports = false;
  std::string storage_account_id;  ///< ARM id of the exports' destination; empty if not known.
  bool storage_has_firewall = false;
  std::optional<ProbeGraph> graph;  ///< Of connections that fetch lines of invoices.
  std::vector<ProbeStorage> locations;
  std::vector<ProbeExpiry> expiries;
  int warn_days = 30;
  std::string billing_version = std::string(kBillingApiVersion);
  std::string exports_version = std::string(kExportsApiVersion);
};

/// What probes reach Azure with; all of it outlives the call.
struct ProbeWorld {
  HttpTransport* transport = nullptr;  ///< One that gives up early: someone is waiting for the answer.
  TokenSource* tokens = nullptr;
  Cloud cloud;
  Cancel cancel;
  Clock clock;
};

/// All probes, in order of dependency. Only a cancel is an error.
Result<std::vector<Probe>> run_probes(const ProbeWorld& world, const ProbeSettings& settings);

/// Whether no probe failed.
bool all_well(const std::vector<Probe>& probes);

}  // namespace apportion
