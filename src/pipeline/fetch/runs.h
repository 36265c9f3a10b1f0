/// Discovery: the runs in a location, each either complete and ready to import, or a problem with its reason.
///
/// The manifest is the unit. A run is complete if every part that its manifest names exists with exactly the stated
/// size; a run that is still being written, or has lost a part, is reported and never imported partially. Files without
/// a manifest are imported only on request, and are marked. Which run of a month is the live one is not decided here.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/export_path.h"
#include "pipeline/fetch/file_kind.h"
#include "pipeline/fetch/manifest_cache.h"

namespace apportion {

struct DiscoveryOptions {
  std::optional<Dataset> expected;  ///< What the location should hold; unset: anything.
  Day today;                        ///< UTC. Runs of later months are refused.
  bool allow_without_manifest = false;
  ManifestCache* known_manifests = nullptr;  ///< Saves reading manifests again; may be missing.
  std::set<std::string> without = {};        ///< Names of blobs that are known to be of no run.
};

/// A part of a run.
struct RunBlob {
  std::string name;  ///< In the store.
  std::int64_t bytes = 0;
  std::optional<std::int64_t> rows;  ///< As the manifest states, without the header.
  std::string version;               ///< As it was listed.
};

/// One execution of an export, complete.
struct Run {
  std::string source;  ///< Name in the store of its manifest, or of its folder when it has none.
  std::optional<Dataset>
      dataset;                ///< Always there with a manifest; else what was expected of the location, if anything.
  std::string export_name;    ///< May be empty, as may `scope` and `data_version`.
  std::string scope;          ///< ARM id of what the export covers, in lower case.
  std::string run_id;         ///< In lower case; a hash of the file names if nothing gives it.
  std::string manifest_hash;  ///< XXH3, 128 bits, hex; empty without a manifest.
  std::string content_hash;   ///< Over manifest and parts: differs when the same run was written again.
  std::string data_version;
  FileKind kind;                     ///< Of every part.
  std::optional<RunPeriod> period;   ///< Always there with a manifest; otherwise from the path, if it says.
  std::string submitted_at;          ///< UTC, `2026-11-05T03:17:09Z`; empty if unknown.
  bool verified = false;             ///< Compared with a manifest.
  std::optional<std::int64_t> rows;  ///< Of all parts, as the manifest states.
  std::vector<RunBlob> blobs;        ///< In the manifest's order. Empty for a run without data.
  std::vector<std::string> notes;    ///< Oddities that were accepted.
  std::vector<std::string> marks;    ///< The same, but kept with the charges permanently.
  std::string manifest_version;      ///< Of the manifest, as it was listed; empty without one.
};

enum class RunProblemKind {
  kBroken,        ///< The manifest cannot be read or trusted.
  kIncomplete,    ///< A part is missing, larger or smaller than stated. It may still be being written.
  kDuplicate,     ///< Another, different manifest claims the same run.
  kWrongDataset,  ///< The location should hold another dataset.
  kNoManifest,    ///< Data files without a manifest.
};

struct RunProblem {
  RunProblemKind kind = RunProblemKind::kBroken;
  std::string source;  ///< Name in the store of the manifest, or of the folder.
  Error error;
  std::optional<Dataset> dataset;  ///< As far as known, as the rest.
  std::optional<Month> month;
  std::string run_id;
};

struct Discovery {
  std::vector<Run> runs;             ///< By source.
  std::vector<RunProblem> problems;  ///< By source.
  /// Set if charges of different scopes are in one location: they may contain the same costs, or replace each other.
  std::optional<Error> scope_conflict;
  std::vector<std::string> notes;  ///< Files that were left alone, duplicate runs.
};

/// Searches a location. An error only if the location itself cannot be listed.
Result<Discovery> discover_runs(BlobStore& store, const DiscoveryOptions& options);

/// Whether manifest and parts are still the listed ones, asked once the run has been read. The error is that of
/// `written_over_error`, or that the location cannot be listed.
Result<void> check_unchanged(BlobStore& store, const Run& run);

}  // namespace apportion
