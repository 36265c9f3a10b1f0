/// Workspace: an open home with what the stages need, handed from command to command.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/manifest_cache.h"
#include "pipeline/fetch/store_of_location.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// Talk to the person at the terminal: one line of progress or a notice. Never data.
using Talk = std::function<void(const std::string& line)>;

struct Workspace {
  Home home;
  ControlPlane control_plane;
  Clock clock;
  Talk talk;
  int threads = 2;
  std::int64_t engine_memory_bytes = std::int64_t{1536} << 20;
  StoreProvider stores = {};  ///< How locations are opened; not set: folders only.
  std::shared_ptr<ManifestCache> known_manifests = std::make_shared<ManifestCache>();

  /// Opens the home of a folder.
  static Result<Workspace> open(const std::filesystem::path& folder, Clock clock, Talk talk);

  /// Opens a location of a connection.
  Result<std::unique_ptr<BlobStore>> store_at(const Connection& connection, const std::string& location) const {
    return stores ? stores(connection, location) : store_of_folder(location);
  }
};

/// An engine that spills into a passing folder of the home; the folder must outlive the engine.
Result<Engine> open_engine(const Workspace& workspace, const TemporaryFolder& spill);

}  // namespace apportion
