/// `--engine`: which engine answers a command that reads. Internal to `cli`.
#pragma once

#include <optional>
#include <string>

#include "application/cluster.h"
#include "foundation/base/result.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/session.h"

namespace apportion {

void add_engine_option(Command command, std::optional<std::string>& engine);

/// The workspace must outlive it, and stay where it is.
Result<EngineReading> open_engine_reading(Session& session, const Workspace& workspace,
                                          const std::optional<std::string>& engine);
/// The same; at home, the database is nobody else's, and keeps rows in the order of the statement.
Result<EngineReading> open_engine_reading_alone(Session& session, const Workspace& workspace,
                                                const std::optional<std::string>& engine);

/// Says who answered, if it was not the embedded engine alone.
void tell_engine(Session& session, const EngineReading& reading);

/// `config trino …`.
void add_trino_command(Command group, Action& action);

}  // namespace apportion
