/// The doctor: probes of the home, of what it keeps, and of every permission of its connections.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "azure/connect/probes.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct DoctorRequest {
  std::optional<std::string> connection;  ///< This one only.
  bool quick = false;                     ///< Compares the sizes of the lake's files, not their content.
};

/// Changes nothing. The home may be damaged: then nothing is believed that it says of connections. Errors:
/// kPartnerOnly for everybody but the partner; kNoSuchConnection.
Result<std::vector<Probe>> probe_home(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                                      const DoctorRequest& request);

/// Every permission of a connection by itself; folders are probed too. What came of it is kept (connection_tests.h).
/// Errors: as above.
Result<std::vector<Probe>> probe_connection(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                                            const std::string& connection);

}  // namespace apportion
