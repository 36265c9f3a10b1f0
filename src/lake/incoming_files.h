/// Files on their way into the lake: written in a folder of their own, and moved to their place when they are
/// published.
#pragma once

#include <filesystem>
#include <utility>

#include "foundation/base/result.h"
#include "lake/layout.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

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
