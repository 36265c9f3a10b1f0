/// What makes a home whole again, as the `next` of errors says it.
#pragma once

#include <string>

#include "foundation/base/next_step.h"

namespace apportion {

inline constexpr Advice kRestoreHome{"restore the home from a backup", Step::kRestoreHome};
inline constexpr Advice kRestoreFiles{"put it back from a backup", Step::kRestoreFiles};

inline std::string restore_home() { return advice_text(kRestoreHome); }

}  // namespace apportion
