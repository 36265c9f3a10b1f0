/// A workspace with the right to change its home.
#pragma once

#include "foundation/base/files.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

struct WritableWorkspace {
  Workspace workspace;
  FileLock lock;
};

}  // namespace apportion
