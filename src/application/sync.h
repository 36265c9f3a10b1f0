/// Taking in: what is new in the locations of connections is imported, months are published, and the time and outcome
/// are kept for each connection.
///
/// Others may change the home meanwhile: the right to write is held only while a run or a month is published, never
/// while waiting for the network.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "application/import_runs.h"
#include "application/publish.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

class RunQueue;

struct SyncRequest {
  std::optional<std::string> connection;  ///< This one only.
  std::optional<Month> month;
  bool unverified = false;
  bool accept_rejects = false;
  bool accept_shrunk = false;
  std::shared_ptr<RunQueue> workers = {};  ///< Who may read runs; null: nobody but this process.
};

/// The connections of a request. Errors: kNothingToSync when there is none, kNoSuchConnection.
Result<std::vector<Connection>> connections_to_sync(const ControlPlane& control_plane, const SyncRequest& request);

/// `sessions` gave the workspace its stores. A failure of one connection is a problem in the report, and the others
/// continue. Errors: kIntakeLocked; our own disk or database fails; kInterrupted, and runs that were taken in until
/// then stay.
Result<FlowReport> sync(Workspace& workspace, AzureSessions& sessions, Gateway& gateway, const SyncRequest& request);

struct FolderImport {
  std::string connection;
  ImportRequest request;
  bool accept_rejects = false;
};

/// Takes in the runs of one location for a connection, and publishes their months. Errors: kNoRuns, kNoSuchConnection,
/// and those of `sync`.
Result<FlowReport> import_folder(Workspace& workspace, const FolderImport& folder);

/// Whether anything was published.
bool published_anything(const FlowReport& report);

}  // namespace apportion
