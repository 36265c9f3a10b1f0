/// Overlaps: the same costs under two connections, which count twice in every report over both.
///
/// Found by the run (its id, the bytes of its files), by the scopes of the manifests, and where these are not enough by
/// the rows: the same subscription of the same billing account. A connection may allow it
/// (`Connection::allow_overlap`).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

/// Which payers (subscriptions, tenants) two sets of imports have in common.
struct CommonPayers {
  std::int64_t shared = 0;
  std::int64_t only_theirs = 0;
  std::string a_shared_one;
  std::string one_of_theirs;  ///< One that is not ours; may be empty although there are some.
};
/// Reads the files of the imports in the lake.
Result<CommonPayers> common_payers(const Workspace& workspace, std::span<const Import> ours,
                                   std::span<const Import> theirs);

/// Of these imports of a month, those in force that hold charges.
std::vector<Import> charges_in_force(std::span<const Import> imports);

/// Another connection that holds costs of an import.
struct Overlap {
  Connection connection;
  std::string why;  ///< For people: `the same run is there`.
};
/// Whether the month of other connections holds costs of `import`. `with_rows`: its files lie in the lake already, and
/// are compared where nothing else decides.
Result<std::vector<Overlap>> overlaps_of(const Workspace& workspace, const Import& import, bool with_rows);

/// Why a new location would bring costs that another connection already brings; empty when no other has it. Locations
/// of charges only, equal or one within the other.
struct TakenLocation {
  std::string connection;
  std::string location;
};
std::optional<TakenLocation> taken_location(const Connection& connection, std::span<const Connection> others);

/// Two connections that hold the same costs in some months, or will.
struct OverlappingConnections {
  Connection first;
  Connection second;
  std::vector<Month> months;  ///< Empty when their locations are the same.
  std::string why;            ///< Of the first month.
};
/// All of them, for `doctor`: also those taken in before this was checked.
Result<std::vector<OverlappingConnections>> find_overlaps(const Workspace& workspace);

}  // namespace apportion
