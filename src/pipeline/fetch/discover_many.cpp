#include "pipeline/fetch/discover_many.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "foundation/base/threads.h"

namespace apportion {
namespace {

Result<DiscoveredLocation> discover(const LocationToDiscover& location, const Cancel& cancel) {
  if (cancel.requested()) return cancelled_error({});
  APPORTION_ASSIGN(std::unique_ptr<BlobStore> store, location.open());
  APPORTION_ASSIGN(Discovery discovery, discover_runs(*store, location.options));
  return DiscoveredLocation{std::move(store), std::move(discovery)};
}

}  // namespace

std::vector<Result<DiscoveredLocation>> discover_many(const std::vector<LocationToDiscover>& locations, int threads,
                                                      const Cancel& cancel) {
  std::vector<Result<DiscoveredLocation>> found;
  found.reserve(locations.size());
  for (std::size_t i = 0; i < locations.size(); ++i) found.emplace_back(cancelled_error({}));
  std::atomic<std::size_t> next = 0;
  const auto work = [&](std::size_t) {
    for (std::size_t i = next++; i < locations.size(); i = next++) found[i] = discover(locations[i], cancel);
  };
  run_in_threads(std::min(static_cast<std::size_t>(std::max(1, threads)), locations.size()), work);
  return found;
}

}  // namespace apportion
