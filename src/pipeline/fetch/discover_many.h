/// Discovery over the locations of all connections at once.
///
/// Looking for new runs mostly means waiting for storage: several hundred locations are listed and their manifests read
/// by a few threads. What is found is then imported one location after another, from the stores returned with it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/runs.h"

namespace apportion {

struct LocationToDiscover {
  /// Called on one of the threads.
  std::function<Result<std::unique_ptr<BlobStore>>()> open;
  DiscoveryOptions options;
};

struct DiscoveredLocation {
  std::unique_ptr<BlobStore> store;
  Discovery discovery;
};

/// One result for each location, in their order. After a cancel the rest are `cancelled_error`s.
std::vector<Result<DiscoveredLocation>> discover_many(const std::vector<LocationToDiscover>& locations, int threads,
                                                      const Cancel& cancel);

}  // namespace apportion
