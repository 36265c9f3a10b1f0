#include <algorithm>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "application/jobs.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/job_document.h"

namespace apportion {
namespace {

constexpr std::int64_t kHundred = 100;

struct JobsOptions {
  bool all = false;
  std::int64_t id = 0;
};

// `reading acme ActualCost 2026-10, run 2 of 7, 34 %`; for a failed job, the reason.
std::string progress_text(const Job& job) {
  if (!job.message.empty()) return job.message;
  const JobProgress& progress = job.progress;
  std::string text = progress.step;
  if (progress.runs > 1) text += fmt::format(", run {} of {}", progress.run, progress.runs);
  if (progress.bytes_expected > 0)
    text +=
        fmt::format(", {} %", std::min(progress.bytes, progress.bytes_expected) * kHundred / progress.bytes_expected);
  if (job.state == JobState::kRunning && !job.stop_wanted_by.empty())
    text += fmt::format("; {} asked it to stop", job.stop_wanted_by);
  return text;
}

Table jobs_table(const std::vector<Job>& jobs, bool all) {
  Table table;
  table.columns = {{"Job", TableKind::kInteger}, {"Kind"}, {"Of"}, {"By"}, {"Since"}, {"State"}, {"Progress"}};
  for (const Job& job : jobs) {
    table.rows.push_back({job.id.raw(), job.kind, job.subject, job.actor, job.started_at,
                          std::string(job_state_name(job.state)), progress_text(job)});
  }
  if (jobs.empty())
    table.notices.emplace_back(all ? "no job has run yet"
                                   : "no jobs are running; to see those that have ended: apportion jobs list --all");
  return table;
}

Result<ExitCode> run_list(Session& session, const JobsOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto jobs, list_jobs(session.caller(), workspace, options.all));
  if (session.json()) {
    session.console().print_json(jobs_json(jobs));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(jobs_table(jobs, options.all)));
  return kExitDone;
}

Result<ExitCode> run_stop(Session& session, const JobsOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Job job, stop_job(session.caller(), workspace, JobId(options.id)));
  session.console().say(
      fmt::format("asked job {} ({}) to stop; it stops after at most one more unit of work", job.id.raw(), job.kind));
  if (session.json()) session.console().print_json(job_json(job));
  return kExitDone;
}

}  // namespace

void add_jobs_command(Command app, Action& action) {
  Command group = add_group(app, "jobs", "Show long-running work: who started it and how far it has come; or stop it");
  auto options = std::make_shared<JobsOptions>();

  Command list = add_command(group, "list", "List the jobs that are running", "  apportion jobs list --all");
  list.add_flag("--all", options->all, "Include jobs that have ended");
  on_chosen(list, action, options, run_list);

  Command stop = add_command(group, "stop", "Ask a job to stop; nothing is left half done", "  apportion jobs stop 12");
  stop.add_option("JOB", options->id, "Number of the job, from `jobs list`")
      .required()
      .between(1, std::numeric_limits<std::int64_t>::max());
  on_chosen(stop, action, options, run_stop);
}

}  // namespace apportion
