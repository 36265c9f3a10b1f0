/// Reading the rows of a run into files of the lake: the part of an import that needs no control plane, and so may be
/// done on another machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/runs.h"
#include "pipeline/ingest/run_reader.h"
#include "pipeline/normalise/stand_ins.h"
#include "store/control_plane.h"

namespace apportion {

/// A run, and what the home knows of it before its rows are read.
struct RunToRead {
  Run run;
  Import import;           ///< With its id; of what the rows say, nothing.
  std::string connection;  ///< Its name.
  bool mend = true;        ///< As in Connection.
  bool allow_retail_prices = false;
};

/// Where a run's rows go, and with what they are read.
struct RunReading {
  std::filesystem::path lake;       ///< Paths of files are relative to it.
  std::filesystem::path folder;     ///< Below it, for the files of the run; must exist.
  std::filesystem::path temporary;  ///< For downloads and the engine; must exist.
  int threads = 2;
  Cancel cancel = {};
  ReadWatch watch = {};                                 ///< May be empty.
  std::optional<std::filesystem::path> prints = {};     ///< As in ChargeSinkOptions.
  std::optional<StandIns> stand_ins = {};               ///< Dropped as soon as the rows are written.
};

/// What publishing an import takes.
struct RunRows {
  Import import;  ///< Whole, but for `stand-in-charges` and overlaps.
  std::vector<Reject> rejects;
  std::optional<ImportId> stand_in;  ///< Whose charges stand in for rows of it.
};

/// Reads every row of a run once. Errors: those of the store and of `read_run`; kFileDatasetMismatch,
/// kFileHasRetailPrices, kRowsLostReading.
Result<RunRows> read_run_rows(BlobStore& store, const RunToRead& what, RunReading reading);

/// The error of a run of a subscription or resource group. `sign`: what shows it.
Error retail_prices_error(const std::string& connection, const std::string& place, const std::string& sign);

}  // namespace apportion
