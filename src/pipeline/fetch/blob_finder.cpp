#include "pipeline/fetch/blob_finder.h"

#include <algorithm>
#include <span>

namespace apportion {
namespace {

using Levels = std::span<const std::string>;

std::size_t common_ending(Levels left, Levels right) {
  const auto mismatch = std::mismatch(left.rbegin(), left.rend(), right.rbegin(), right.rend());
  return static_cast<std::size_t>(mismatch.first - left.rbegin());
}

bool begins_with(Levels levels, Levels beginning) {
  return levels.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), levels.begin());
}

// The folders that hold all runs of the manifest's export: those above the date, or its own folder where there is no
// date.
Levels export_folder(const ExportPath& manifest) {
  return Levels(manifest.folders).first(manifest.period_level.value_or(manifest.folders.size()));
}

}  // namespace

BlobFinder::BlobFinder(const std::vector<Blob>& blobs) {
  for (const Blob& blob : blobs) {
    auto levels = path_levels(blob.name);
    if (levels.empty()) continue;
    auto& entries = by_file_name_[levels.back()];
    entries.push_back({&blob, std::move(levels)});
  }
}

FoundBlob BlobFinder::in_folder(const Entries& same_name, const std::vector<std::string>& folder) const {
  FoundBlob found;
  for (const Entry& entry : same_name) {
    if (entry.levels.size() != folder.size() + 1 || !begins_with(entry.levels, folder)) continue;
    if (found.outcome == FindOutcome::kFound) return {FindOutcome::kAmbiguous, found.blob, entry.blob};
    found = {FindOutcome::kFound, entry.blob};
  }
  return found;
}

FoundBlob BlobFinder::by_ending(const Entries& same_name, const std::vector<std::string>& part,
                                const ExportPath& manifest) const {
  FoundBlob best;
  std::size_t best_length = 0;
  const Blob* outside = nullptr;
  for (const Entry& entry : same_name) {
    const std::size_t length = common_ending(entry.levels, part);
    // A file name alone says nothing: every run has a `part_0_0001.csv`.
    const bool fits = length == std::min(entry.levels.size(), part.size()) && length > 1;
    if (!fits || length < best_length) continue;
    if (!begins_with(entry.levels, export_folder(manifest))) {
      outside = entry.blob;
    } else if (length > best_length) {
      best = {FindOutcome::kFound, entry.blob};
      best_length = length;
    } else {
      best = {FindOutcome::kAmbiguous, best.blob, entry.blob};
    }
  }
  if (best.outcome == FindOutcome::kMissing && outside != nullptr) return {FindOutcome::kOutside, outside};
  return best;
}

FoundBlob BlobFinder::find(const std::string& manifest_name, const std::string& part_name) const {
  const auto part = path_levels(part_name);
  const auto entries = part.empty() ? by_file_name_.end() : by_file_name_.find(part.back());
  if (entries == by_file_name_.end()) return {};
  const ExportPath manifest = read_export_path(manifest_name);
  const FoundBlob own = in_folder(entries->second, manifest.folders);

  const Levels part_folder = Levels(part).first(part.size() - 1);
  const bool at_top = manifest.folders.empty();
  const bool folders_agree = common_ending(manifest.folders, part_folder) > 0;
  if (folders_agree || (at_top && own.outcome != FindOutcome::kMissing)) return own;

  const FoundBlob elsewhere = by_ending(entries->second, part, manifest);
  return elsewhere.outcome == FindOutcome::kMissing ? own : elsewhere;
}

}  // namespace apportion
