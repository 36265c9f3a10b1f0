/// What to say to who needs a file that is not kept any more.
#pragma once

#include <string>

#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion {

/// kLakeFileRemoved for a file with a removal: when and by which setting. `next` says what to do.
Error removed_file_error(const LakeFile& file, std::string next);

}  // namespace apportion
