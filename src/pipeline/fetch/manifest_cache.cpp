#include "pipeline/fetch/manifest_cache.h"

#include <utility>

namespace apportion {

std::optional<std::string> ManifestCache::find(const std::string& place, const std::string& version) {
  const std::lock_guard lock(mutex_);
  const auto found = by_place_.find(place);
  if (found == by_place_.end() || found->second->version != version) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->text;
}

void ManifestCache::keep(const std::string& place, const std::string& version, std::string text) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_place_.find(place); found != by_place_.end()) drop(found->second);
  if (version.empty() || text.size() > bytes_max_) return;
  bytes_ += text.size();
  entries_.push_front({place, version, std::move(text)});
  by_place_[place] = entries_.begin();
  while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
}

void ManifestCache::drop(Entries::iterator entry) {
  bytes_ -= entry->text.size();
  by_place_.erase(entry->place);
  entries_.erase(entry);
}

}  // namespace apportion
