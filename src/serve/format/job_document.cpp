#include "serve/format/job_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json job_json(const Job& job) {
  const JobProgress& progress = job.progress;
  nlohmann::ordered_json json{{"job", job.id.raw()},
                              {"kind", job.kind},
                              {"subject", job.subject},
                              {"actor", job.actor},
                              {"state", job_state_name(job.state)},
                              {"started_at", job.started_at},
                              {"ended_at", job.ended_at},
                              {"step", progress.step}};
  if (progress.runs > 0) {
    json["run"] = progress.run;
    json["runs"] = progress.runs;
    json["rows_of_run"] = progress.rows;
    json["bytes"] = progress.bytes;
    json["bytes_expected"] = progress.bytes_expected;
  }
  if (!job.stop_wanted_by.empty()) json["stop_wanted_by"] = job.stop_wanted_by;
  if (!job.error_id.empty()) json["error"] = {{"id", job.error_id}, {"message", job.message}};
  return json;
}

nlohmann::ordered_json jobs_json(const std::vector<Job>& jobs) {
  auto list = nlohmann::ordered_json::array();
  for (const Job& job : jobs) list.push_back(job_json(job));
  return {{"jobs", std::move(list)}};
}

}  // namespace apportion
