/// What makes a home whole again, as the `next` of errors says it.
#pragma once

namespace apportion {

inline constexpr const char* kRestoreHome =
    "restore the home from a backup: apportion restore --from BACKUP --home NEW-FOLDER";
inline constexpr const char* kRestoreFiles = "put it back from a backup: apportion restore --from BACKUP --files";

}  // namespace apportion
