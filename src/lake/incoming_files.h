/// Files on their way into the lake: written in a folder of their own, and moved to their place when they are
/// published.
#pragma once

#include <filesystem>
#include <string>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "foundation/model/ids.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// What files of the lake hold.
enum class LakeRole { kCharges, kCommitments, kPrices, kAssignments, kCarriedChanges };

/// The role of what a dataset brings.
LakeRole lake_role_of(Dataset dataset);

/// Files that are written together. A connection is named as it is called then.
struct LakePlace {
  LakeRole role = LakeRole::kCharges;
  Month month;
  std::string connection;
  std::string part;  ///< Tells them from others of the month: `part_of_import`, `part_of_split`.
};

std::string part_of_import(ImportId id);
std::string part_of_split(SplitId id);

/// No other process touches them, with or without the lock of the home. What was not moved in goes with the object.
class IncomingFiles {
 public:
  static Result<IncomingFiles> make(const Home& home);

  /// Where files of a place are to be written; not made. The lake reads them from there, too (`Lake::describe`).
  std::filesystem::path folder_of(const LakePlace& place) const;
  /// Moves all of them to their places, and makes that durable. The caller has the right to change what is published.
  Result<void> move_in();
  /// As the catalog is to name a file. Files that are no incoming ones stay as they are.
  LakeFile moved(LakeFile file) const;

 private:
  IncomingFiles(std::filesystem::path lake, TemporaryFolder folder)
      : lake_(std::move(lake)), folder_(std::move(folder)) {}
  std::filesystem::path files() const { return folder_.path() / "files"; }

  std::filesystem::path lake_;
  TemporaryFolder folder_;
};

}  // namespace apportion
