/// Whether a stream took all that was written. Internal to this module.
#pragma once

#include <ostream>

#include "foundation/base/result.h"

namespace apportion {

/// Flushes; an error when anything written so far went nowhere.
inline Result<void> check_written(std::ostream& out) {
  out.flush();
  if (out.good()) return ok();
  return Error{ErrorId::kOutputFailed, "the result could not be written", "",
               "the disk is full, or the reader went away",
               "free some space or write to another place, then ask again"};
}

}  // namespace apportion
