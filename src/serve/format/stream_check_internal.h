/// Whether a stream accepted everything that was written. Internal to this module.
#pragma once

#include <ostream>

#include "foundation/base/result.h"

namespace apportion {

/// Flushes; an error if anything written so far was lost.
inline Result<void> check_written(std::ostream& out) {
  out.flush();
  if (out.good()) return ok();
  return Error{ErrorId::kOutputFailed, "the result could not be written", "",
               "the disk is full, or the reader has closed the output",
               "free some space or write elsewhere, then try again"};
}

}  // namespace apportion
