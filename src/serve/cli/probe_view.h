/// Probes of a connection: set up from its stored settings, run, and shown. Internal to `cli`, for `connection test`
/// and `doctor`.
#pragma once

#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "azure/connect/probes.h"
#include "foundation/base/result.h"
#include "query/table.h"
#include "serve/cli/session.h"
#include "store/control_plane.h"

namespace apportion {

/// All probes of a connection; folders are probed too.
Result<std::vector<Probe>> probe_connection(const Workspace& workspace, const AzureCatalog& catalog,
                                            const Connection& connection, Gateway& gateway);

Table probes_table(const std::vector<Probe>& probes);
Json probe_json(const Probe& probe);
/// Says what failed, and the command or step that fixes it.
void say_remedies(Console& console, const std::vector<Probe>& probes);

}  // namespace apportion
