#include <array>

#include <fmt/format.h>

#include "application/freshness.h"
#include "application/jobs.h"
#include "application/withdrawal.h"
#include "foundation/base/utc_time.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"

namespace apportion {
namespace {

Result<ApiAnswer> health(ApiCall& call) {
  ApiAnswer answer;
  answer.body = {{"status", "up"}, {"version", call.service.options().version}};
  return answer;
}

// Ready: the home can be opened and is sound, as far as a moment tells.
Result<ApiAnswer> readiness(ApiCall& call) {
  ApiAnswer answer;
  const auto workspace = call.service.workspaces().lend(Caller::partner("system"), call.cancel);
  constexpr int kUnavailable = 503;
  if (!workspace) answer.status = kUnavailable;
  answer.body = {{"status", workspace ? "ready" : "not ready"}};
  if (!workspace) answer.body["error"] = error_definition(workspace.error().id).name;
  return answer;
}

std::string gauge(std::string_view name, std::string_view about) {
  return fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, about, name);
}

Result<std::string> home_metrics(const Workspace& workspace, UtcTime now) {
  const Caller& caller = workspace.caller;
  std::string text = gauge("apportion_data_age_seconds", "How old the data of a connection is.");
  APPORTION_ASSIGN(const auto sources, freshness(caller, workspace, std::nullopt));
  for (const SourceFreshness& source : sources) {
    const auto lag = source.lag(now);
    if (!lag) continue;
    text += metric_line("apportion_data_age_seconds", fmt::format("connection=\"{}\"", metric_label(source.connection)),
                        lag->count());
  }
  APPORTION_ASSIGN(const auto imports, list_imports(workspace.control_plane, caller.scope()));
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
  for (const ListedImport& listed : imports) {
    rows += listed.import.rows_stored;
    rejected += listed.import.rows_rejected;
  }
  text += gauge("apportion_imports", "Imports that are listed.");
  text += metric_line("apportion_imports", "", static_cast<std::int64_t>(imports.size()));
  text += gauge("apportion_rows", "Rows of these imports.");
  text += metric_line("apportion_rows", "state=\"stored\"", rows);
  text += metric_line("apportion_rows", "state=\"rejected\"", rejected);
  APPORTION_ASSIGN(const auto jobs, list_jobs(caller, workspace, false));
  text += gauge("apportion_jobs_running", "Jobs that are running, of all processes.");
  text += metric_line("apportion_jobs_running", "", static_cast<std::int64_t>(jobs.size()));
  return text;
}

Result<ApiAnswer> metrics(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  const auto now = UtcTime(std::chrono::seconds(call.service.options().epoch_seconds()));
  APPORTION_ASSIGN(std::string text, home_metrics(*workspace, now));
  ApiAnswer answer;
  answer.text = call.service.metrics().text() + text;
  answer.content_type = "text/plain; version=0.0.4";
  return answer;
}

Result<ApiAnswer> description(ApiCall& /*call*/) {
  ApiAnswer answer;
  answer.text = std::string(Contract::built_in().document());
  answer.headers.add("Cache-Control", "public, max-age=300");
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getHealth", Right::kAnyone, Effect::kReads, &health},
    {"getReadiness", Right::kAnyone, Effect::kReads, &readiness},
    {"getMetrics", Right::kOperate, Effect::kReads, &metrics},
    {"getDescription", Right::kAnyone, Effect::kReads, &description},
});

}  // namespace

std::span<const Operation> health_operations() { return kOperations; }

}  // namespace apportion
