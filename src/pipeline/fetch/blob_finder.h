/// BlobFinder: finds the blob of a location that a manifest means by a part's name.
///
/// A manifest names its parts by their path inside the container, but a location may be the container, any folder in
/// it, or a copy that is nested deeper or was renamed. The rules, in this order, none of them a guess:
///  1. The manifest's own folder, when its name agrees with the part's folder (or the manifest lies at the top).
///  2. Inside the manifest's own export folder: the blob whose path ends the part's name, or ends with it; the longest.
///  3. The manifest's own folder, whatever its name.
/// Two blobs that fit equally well are ambiguous, and a blob that only fits outside the export folder is refused.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/export_path.h"

namespace apportion {

enum class FindOutcome { kFound, kMissing, kAmbiguous, kOutside };

struct FoundBlob {
  FindOutcome outcome = FindOutcome::kMissing;
  const Blob* blob = nullptr;   ///< When found; one of the two when ambiguous; the refused one when outside.
  const Blob* other = nullptr;  ///< The second one when ambiguous.
};

class BlobFinder {
 public:
  /// `blobs` must outlive the finder.
  explicit BlobFinder(const std::vector<Blob>& blobs);

  FoundBlob find(const std::string& manifest_name, const std::string& part_name) const;

 private:
  struct Entry {
    const Blob* blob;
    std::vector<std::string> levels;
  };
  using Entries = std::vector<Entry>;

  FoundBlob in_folder(const Entries& same_name, const std::vector<std::string>& folder) const;
  FoundBlob by_ending(const Entries& same_name, const std::vector<std::string>& part, const ExportPath& manifest) const;

  std::unordered_map<std::string, Entries> by_file_name_;
};

}  // namespace apportion
