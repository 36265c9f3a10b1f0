#include "application/home_damage.h"

namespace apportion {

Result<void> look_for_damage(const Workspace& workspace) { return workspace.control_plane.check(PlaneCheck::kRows); }

}  // namespace apportion
