/// The lake as tables of Delta Lake, for programs that read those: `delta/` in the home, one folder a table.
///
/// | table | files | partition columns |
/// |---|---|---|
/// | `charges`, `filled_prices`, `direct_assignments`, `share_assignments`, `move_assignments`, `month_cube`,
/// `day_cube`, `tag_cube`, `day_totals` | of what is published | `x_BillMonth`, `x_Connection` |
/// | `carried_changes` | of changes that count, in the month that counts them | also `x_CarriedFrom` |
///
/// A table's files are hard links to those of the lake, since a table can name files of its own folder only. The tables
/// say nothing that the control plane does not: they are compared with it, and can be made again from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "lake/delta_log.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// How tables are brought to what is published.
enum class DeltaWay {
  kCommits,  ///< By one more commit for each table that differs; by a new log where the old one cannot be continued.
  kAnew,     ///< By a new log: earlier versions are gone.
};

/// A table that was changed.
struct DeltaChange {
  std::string table;
  std::int64_t version = 0;  ///< Of its last commit now.
  std::int64_t files = 0;    ///< That it shows.
};

/// Makes the tables show what is published, and removes links to files that are not kept any more. `now` is UTC,
/// `2026-11-22T11:00:00Z`; `make_checkpoint` is called when one is due; `held` is the lock of the home. Returns what
/// was changed. Errors: the disk refuses; what was not done then, the next call does.
Result<std::vector<DeltaChange>> publish_delta_tables(const Home& home, const ControlPlane& control_plane,
                                                      std::string_view now, DeltaWay way,
                                                      const DeltaCheckpointMaker& make_checkpoint,
                                                      const FileLock& held);

/// The tables that do not show what is published.
Result<std::vector<std::string>> differing_delta_tables(const Home& home, const ControlPlane& control_plane);

}  // namespace apportion
