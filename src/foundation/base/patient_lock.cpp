#include "foundation/base/patient_lock.h"

namespace apportion {

Result<FileLock> lock_patiently(const std::filesystem::path& path, const Cancel& cancel,
                                std::chrono::milliseconds patience, const std::function<void()>& on_wait) {
  constexpr std::chrono::milliseconds kPause{50};
  for (std::chrono::milliseconds waited{0};; waited += kPause) {
    auto lock = FileLock::acquire(path);
    if (lock || lock.error().kind() != ErrorKind::kBusy || waited >= patience) return lock;
    if (waited == std::chrono::milliseconds(0) && on_wait) on_wait();
    if (!cancel.wait_for(kPause)) return cancelled_error("");
  }
}

}  // namespace apportion
