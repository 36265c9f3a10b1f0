/// Cleaner: what this program left in a home and nobody needs is removed; what it did not write is never touched.
///
/// Its own are the files and folders that the layout names (layout.h) and the folders of commands (home.h), by path and
/// kind: no link is followed or removed.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// Removes what a crash left: files of the lake that the catalog does not name, folders that are empty then, and the
/// folders of commands that ended. `held` is the lock of the home: without it, another process may be about to publish
/// those files. Returns the removed paths, relative to the home; a folder ends in `/` and stands for all in it.
Result<std::vector<std::string>> remove_left_overs(const Home& home, const ControlPlane& control_plane,
                                                   const FileLock& held);

/// What lies in the lake and among the folders of commands without being this program's, relative to the home, by path.
/// A folder ends in `/` and stands for all in it.
Result<std::vector<std::string>> foreign_entries(const Home& home, const ControlPlane& control_plane);

}  // namespace apportion
