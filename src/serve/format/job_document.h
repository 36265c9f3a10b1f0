/// Shows jobs as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/jobs.h"

namespace apportion {

/// With its progress, and, if it failed, the error.
nlohmann::ordered_json job_json(const Job& job);
/// `{"jobs": …}`
nlohmann::ordered_json jobs_json(const std::vector<Job>& jobs);

}  // namespace apportion
