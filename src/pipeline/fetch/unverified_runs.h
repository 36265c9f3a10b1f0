/// Runs made of data files that have no manifest: grouped by explicit rules, and marked as unverified.
///
/// Files of one folder belong to one run when their names differ only in the number of the part (`part_0_0001.csv`,
/// `000001.csv`, `costs_2.csv`). A GUID in the file name is the run's id (the oldest exports are one file a run), so
/// such files are runs of their own.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/runs.h"

namespace apportion {

/// `files` are data files of `folder`, at least one, none of them empty; their names tell their kind.
std::vector<std::variant<Run, RunProblem>> unverified_runs(const BlobStore& store, const std::string& folder,
                                                           const std::vector<const Blob*>& files,
                                                           const DiscoveryOptions& options);

}  // namespace apportion
