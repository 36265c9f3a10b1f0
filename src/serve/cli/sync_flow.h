/// One round of taking in: all locations are looked through at once, what is new is imported, months are published, and
/// for each connection it is kept when that was and what came of it. Internal to `cli`, shared by `sync` and `serve`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "foundation/base/result.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/session.h"
#include "store/control_plane.h"

namespace apportion {

struct SyncRequest {
  std::optional<std::string> connection;  ///< This one only.
  std::optional<Month> month;
  bool unverified = false;
  bool accept_rejects = false;
  bool accept_shrunk = false;
};

/// The connections of a request; kUsage when there is none.
Result<std::vector<Connection>> connections_to_sync(const ControlPlane& control_plane, const SyncRequest& request);

/// `sessions` gave `writable.workspace` its stores. What fails of one connection is a problem in the report, and the
/// others go on; an error only when our own disk or database fails.
Result<FlowReport> sync_once(Session& session, WritableWorkspace& writable, AzureSessions& sessions, Gateway& gateway,
                             const SyncRequest& request);

/// Whether anything was published.
bool published_anything(const FlowReport& report);

}  // namespace apportion
