/// Shows imports and published months: as talk for people. Internal to `cli`.
/// Shared by the commands that import, split, or change what months are split by.
#pragma once

#include <vector>

#include "application/alerts.h"
#include "application/publish.h"
#include "serve/cli/console.h"
#include "serve/cli/session.h"

namespace apportion {

/// Says what was done, and reports each problem with its four parts. With --json, the caller prints the document, and
/// this adds only one error that counts the problems. Returns the exit code.
ExitCode show_flow(Session& session, const FlowReport& report);

/// Says which months still show the earlier split.
Result<void> say_stale_months(Session& session, const Workspace& workspace);

/// Says which alerts a round opened and closed.
void say_alert_round(Console& console, const AlertRound& round);

/// 0 without problems. Problems of input are 3; a broken check, a refusal or a network failure keeps its own code.
ExitCode exit_code_of(const std::vector<Problem>& problems);

}  // namespace apportion
