/// What the last test of a connection found: kept, so that the first day goes on where it was left.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "azure/connect/probes.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

struct ConnectionTest {
  std::string at;  ///< UTC.
  std::int64_t probes = 0;
  std::int64_t failed = 0;
};

/// In place of the test before.
Result<void> keep_connection_test(const Caller& caller, const Workspace& workspace, const Connection& connection,
                                  const std::vector<Probe>& probes);

/// When the connection is removed.
Result<void> forget_connection_test(const Workspace& workspace, const Connection& connection);

/// By connection; those that were never tested are not there.
Result<std::map<ConnectionId, ConnectionTest>> connection_tests(const Workspace& workspace);

}  // namespace apportion
