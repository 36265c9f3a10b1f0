/// Runs made from data files without a manifest: candidates by folder, marked as unverified.
///
/// The files of one folder are one candidate: only their rows show whether they belong together, and to which months,
/// so the reader separates them. A GUID in a file name is the run's id (the oldest exports are one file a run): such
/// files are candidates of their own.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/runs.h"

namespace apportion {

/// `files` are data files of `folder`, at least one, none of them empty; their names tell their kind.
std::vector<std::variant<Run, RunProblem>> unverified_runs(const BlobStore& store, const std::string& folder,
                                                           const std::vector<const Blob*>& files,
                                                           const DiscoveryOptions& options);

/// Some of the files of such a run as a separate run with its own ids.
Run part_of_unverified_run(const Run& whole, std::vector<RunBlob> blobs);

/// What the names of the parts of a run have in common: `part_0_0001.csv` and `part_1_0001.csv`, `costs_1.csv` and
/// `costs_2.csv` differ in the number of the part only.
std::string name_of_parts(std::string_view blob_name);

}  // namespace apportion
