/// Workspace: an open home with what the stages need, passed from command to command.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "foundation/base/cancel.h"
#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/dataset.h"
#include "lake/kept_cells.h"
#include "pipeline/fetch/manifest_cache.h"
#include "pipeline/fetch/store_of_location.h"
#include "pipeline/ingest/run_reader.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// Talk to the person at the terminal: one line of progress or a notice. Never data.
using Talk = std::function<void(const std::string& line)>;

/// The progress of importing everything new, except the run that is being read.
struct IntakeProgress {
  std::size_t run = 0;            ///< Number of the run being read, from 1.
  std::size_t runs = 0;           ///< 0: not counted.
  std::int64_t bytes_before = 0;  ///< Of the runs before it.
  std::int64_t bytes_expected = 0;
};

/// The progress of importing a run.
struct ImportProgress {
  std::string connection;
  Dataset dataset = Dataset::kActualCost;
  Month month = *Month::from_civil(1, 1);
  ReadProgress read;
  IntakeProgress intake = {};
};

/// Called like `ReadWatch`.
using ImportWatch = std::function<void(const ImportProgress&)>;

/// The database that the engines of a workspace share, with the folder it spills to; both created on first use.
struct SharedEngineDatabase {
  std::mutex mutex;
  std::optional<TemporaryFolder> spill;  ///< Outlives the database.
  std::optional<EngineDatabase> database;
};

struct Workspace {
  Home home;
  ControlPlane control_plane;
  Clock clock;
  Talk talk;
  Caller caller = Caller::partner("system");  ///< Who acts: the program itself, unless `open_home` was told.
  int threads = 2;
  std::int64_t engine_memory_bytes = std::int64_t{1536} << 20;
  Cancel cancel = {};   ///< The request to stop, checked between two units of work.
  bool in_job = false;  ///< Whether a job of this process reports the progress of the work.
  /// How long to wait for another process that is publishing, if someone is waiting for the answer.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
  ImportWatch watch = {};     ///< Called with the progress of importing runs; may be empty.
  StoreProvider stores = {};  ///< How locations are opened; not set: folders only.
  std::shared_ptr<ManifestCache> known_manifests = std::make_shared<ManifestCache>();

  std::shared_ptr<SharedEngineDatabase> engine_database = std::make_shared<SharedEngineDatabase>();
  std::shared_ptr<KeptCells> kept_cells = {};  ///< Cells in memory, for a process that answers many questions.

  /// Opens the home of a folder.
  static Result<Workspace> open(const std::filesystem::path& folder, Clock clock, Talk talk);

  /// Opens a location of a connection.
  Result<std::unique_ptr<BlobStore>> store_at(const Connection& connection, const std::string& location) const {
    return stores ? stores(connection, location) : store_of_folder(location);
  }
};

/// An engine of the database that all engines of the workspace share, with `engine_memory_bytes` and `threads` as they
/// were at the first call. The workspace must outlive the engine. May be called from any thread.
Result<Engine> open_engine(const Workspace& workspace);

/// An engine with a database of its own.
struct OwnEngine {
  TemporaryFolder spill;  ///< Outlives the engine.
  Engine engine;
};

/// An engine of its own, which keeps rows in the order of the statement, with the memory and threads of the workspace.
Result<OwnEngine> open_own_engine(const Workspace& workspace);

}  // namespace apportion
