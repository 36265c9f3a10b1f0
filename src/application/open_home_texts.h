/// The texts that somebody set for a home, opened.
#pragma once

#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/home_texts.h"

namespace apportion {

/// By a handle of their own.
inline Result<HomeTexts> open_home_texts(const Workspace& workspace) {
  return HomeTexts::open(workspace.home.control_plane_file(), workspace.clock);
}

}  // namespace apportion
