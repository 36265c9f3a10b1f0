/// How imports and published months are shown: as talk for people, as a document for programs. Internal to `cli`.
///
/// Shared by the commands that take in, split, or change what months are split by.
#pragma once

#include <vector>

#include "application/alerts.h"
#include "application/publish.h"
#include "serve/cli/console.h"
#include "serve/cli/session.h"

namespace apportion {

/// `imports`, `months` and `problems`; before them what was looked at: `changes`, `unassigned_tenants`, and `dry_run`
/// when nothing was changed.
Json flow_json(const FlowReport& report);

/// Tells the person what was done, and each problem with its four parts. With --json, adds nothing to the document that
/// the caller prints, but one error that counts the problems. Returns the exit code.
ExitCode show_flow(Session& session, const FlowReport& report);

/// Which months still show the split of before, as talk.
Result<void> say_stale_months(Session& session, const Workspace& workspace);

/// Alerts that a round opened and closed, as talk.
void say_alert_round(Console& console, const AlertRound& round);

/// 0 without problems. Problems of input are 3; a broken check, a refusal or a network failure keeps its own code.
ExitCode exit_code_of(const std::vector<Problem>& problems);

}  // namespace apportion
