/// The rows of an import of charges, whichever files they are in: rows of an actual run may be told by those of an
/// amortized run (docs/adr/0063-stand-ins.md).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/result.h"
#include "lake/lake.h"
#include "store/control_plane.h"

namespace apportion {

/// In `ImportFile::role`.
inline constexpr std::string_view kChargesFile = "charges";
inline constexpr std::string_view kMirrorFile = "mirror";
inline constexpr std::string_view kStandInsFile = "stand-ins";
inline constexpr std::string_view kStandInChargesFile = "stand-in-charges";

/// Makes `relation` a temporary view over rows of an import, with all canonical columns. Errors: as
/// `Lake::open_charges`, also of the files of the import whose rows stand in.
Result<void> open_stand_in_rows(Workbench& workbench, const Lake& lake, std::string_view relation,
                                const Import& import);
/// The same for the rows that the amortized run must repeat: those that are whole, and those that others stand in for.
Result<void> open_mirror_rows(Workbench& workbench, const Lake& lake, std::string_view relation, const Import& import);
/// The same for all rows of all these imports.
Result<void> open_rows_of_imports(Workbench& workbench, const Lake& lake, std::string_view relation,
                                  std::span<const Import> imports);

/// Whether rows of an import are told by those of another one.
bool has_stand_ins(const Import& import);
/// The files of an import that have a role.
std::vector<LakeFile> files_of_role(const Import& import, std::string_view role);

}  // namespace apportion
