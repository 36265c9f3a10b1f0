/// The files of a run, ready to be read: the next one is always opened ahead, and downloaded to this machine where that
/// is needed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/runs.h"
#include "pipeline/ingest/run_reader.h"

namespace apportion {

/// Downloads are removed with the object.
class RunFiles {
 public:
  /// `store` and `run` must outlive it; downloads go below `temporary`, which must exist.
  RunFiles(BlobStore& store, const Run& run, const std::filesystem::path& temporary);
  RunFiles(const RunFiles&) = delete;
  RunFiles& operator=(const RunFiles&) = delete;
  ~RunFiles();

  /// Downloads what the engine reads by itself: Parquet that is not on this machine. Call it once, before `input`.
  Result<void> bring_here();
  RunInput input(int threads, std::optional<Month> month) const;

 private:
  std::string path_of(const RunBlob& blob) const;

  BlobStore* store_;
  const Run* run_;
  std::filesystem::path temporary_;
  std::filesystem::path downloads_;
  std::map<std::string, std::string> downloaded_;  // path by name of the blob
};

}  // namespace apportion
