/// Files on their way into the lake: written to a folder of their own, and moved into place when they are published.
#pragma once

#include <filesystem>
#include <utility>

#include "foundation/base/result.h"
#include "lake/layout.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// No other process touches them, with or without the lock of the home. Files that were not moved in are removed with
/// the object.
class IncomingFiles {
 public:
  static Result<IncomingFiles> make(const Home& home);

  /// The folder for the files of a place; not created. The lake can read them from there, too (`Lake::describe`).
  std::filesystem::path folder_of(const LakePlace& place) const;
  /// Moves all of them into place, durably. The caller must hold the lock to publish.
  Result<void> move_in();
  /// The file as the catalog should name it. Files that are not incoming stay as they are.
  LakeFile moved(LakeFile file) const;

 private:
  IncomingFiles(std::filesystem::path lake, TemporaryFolder folder)
      : lake_(std::move(lake)), folder_(std::move(folder)) {}
  std::filesystem::path files() const { return folder_.path() / "files"; }

  std::filesystem::path lake_;
  TemporaryFolder folder_;
};

}  // namespace apportion
