#include "application/missing_cubes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/engine.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "lake/cubes.h"
#include "lake/incoming_files.h"
#include "lake/snapshot.h"
#include "pipeline/publication/cube_files.h"

namespace apportion {
namespace {

bool lacks_cubes(const PublishedMonth& month) {
  return month.charge_set && !month.charge_set->files.empty() && month.split &&
         std::ranges::any_of(cube_definitions(), [&](const CubeDefinition& cube) { return !cube.is_of(month.split); });
}

Result<void> add_cubes(Workspace& workspace, const PublishedMonth& month) {
  ControlPlane& control_plane = workspace.control_plane;
  APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(workspace.home));
  // A folder of its own: that of the split is there already, and folders are moved in whole.
  APPORTION_ASSIGN(const SplitId part, control_plane.next_split_id());
  const auto folder =
      incoming.folder_of({LakeRole::kAssignments, month.month.month, month.connection.name, part_of_split(part)});
  APPORTION_TRY(make_folder(folder));
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane, ReadScope::of_partner(), {month}));
  const Lake lake(workspace.home);
  APPORTION_ASSIGN(const auto totals, assigned_totals(engine, lake, snapshot));
  Split split = *month.split;
  APPORTION_TRY(write_cubes(engine, lake, snapshot, folder, totals, split));
  APPORTION_TRY(incoming.move_in());
  for (const CubeDefinition& cube : cube_definitions()) {
    if (cube.is_of(month.split)) continue;
    for (LakeFile& file : split.*cube.files) file = incoming.moved(std::move(file));
  }
  return control_plane.add_cubes(split);
}

}  // namespace

Result<void> make_missing_cubes(const WritableWorkspace& writable, FlowReport& report) {
  Workspace& workspace = writable.workspace;
  APPORTION_ASSIGN(const auto months, published_months(workspace.control_plane, ReadScope::of_partner()));
  const std::int64_t missing = std::ranges::count_if(months, lacks_cubes);
  std::int64_t done = 0;
  for (const PublishedMonth& month : months) {
    if (!lacks_cubes(month)) continue;
    if (workspace.cancel.requested()) return cancelled_error("");
    if (workspace.talk) {
      workspace.talk(fmt::format("adding up the costs of {} {} for quick answers ({} of {})", month.connection.name,
                                 month.month.month.to_string(), done + 1, count_of(missing, "month")));
    }
    ++done;
    const auto added = add_cubes(workspace, month);
    if (added) continue;
    if (ends_everything(added.error().kind())) return added;
    report.problems.push_back(
        {fmt::format("{} {}", month.connection.name, month.month.month.to_string()), added.error()});
  }
  return ok();
}

}  // namespace apportion
