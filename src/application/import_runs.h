/// Taking in runs: what is found in a location and is new becomes imports; what is not taken in is reported with its
/// reason.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "pipeline/fetch/discover_many.h"
#include "pipeline/fetch/runs.h"
#include "pipeline/invoices/bill_columns.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

class OfferedRuns;
class StandInRuns;
struct OfferedRun;

struct ImportRequest {
  std::string location;                ///< Folder, `file://` URL, or URL of blob storage.
  std::optional<Dataset> expected;     ///< What the location should hold.
  bool allow_unverified = false;       ///< Take in files without a manifest too.
  std::optional<Month> month;          ///< Runs of this month only.
  bool replace = false;                ///< Files without a manifest may replace files that hold more customers.
  IntakeProgress* intake = nullptr;    ///< Kept up to date while runs are taken in; not owned, may be null.
  std::set<std::string> without = {};  ///< Names of blobs that are known to be of no run.
  /// The location is a bill of another program, with these columns.
  std::optional<BillColumns> bill_columns = {};
  std::string bill_name = "bill";  ///< Files of one name and month take each other's place.
  /// What of several locations may stand in for rows of each other; not owned, may be null. See `expect_runs`.
  StandInRuns* stand_ins = nullptr;
  /// Runs that workers may read; not owned, may be null. See `offer_runs`.
  OfferedRuns* offered = nullptr;
};

/// Up to ten rejects, to show.
std::vector<Reject> first_of(const std::vector<Reject>& rejects);

/// A run that was just taken in.
struct ImportedRun {
  Import import;
  std::vector<Reject> first_rejects;  ///< Of `first_of`.
};

/// A run, file or location that was not taken in.
struct SkippedRun {
  std::string source;
  Error error;
};

struct ImportReport {
  std::vector<ImportedRun> imported;
  std::int64_t already_there = 0;  ///< Runs whose identical content was taken in before.
  std::vector<SkippedRun> skipped;
  std::vector<std::string> notes;
  std::set<Month> months;  ///< Months that imports of this report belong to.

  void add(ImportReport other);
};

/// Finds and takes in the runs of a location for a connection. The right to write is taken for each run once it is
/// read, so the caller must not have it. Runs that fail are skipped with their error; the others are
/// imported. Amortized runs come first: their rows may stand in for those of actual runs. An error only when the
/// location cannot be read, or our own disk or database fails.
Result<ImportReport> import_location(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                                     const IntakeLock& lock);

/// What to look for in a location, for `discover_runs` and `discover_many`.
DiscoveryOptions discovery_options(const Workspace& workspace, const ImportRequest& request);

/// The same for a location that was already looked through. A run that is written over while it is read is looked for
/// again, once and immediately.
Result<ImportReport> import_discovered(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                                       DiscoveredLocation found, const IntakeLock& lock);

/// Whether a run is of the month that is asked for, if any.
bool is_asked_for(const Run& run, const ImportRequest& request);
/// Whether a run with identical content was taken in before; false while its dataset is unknown.
Result<bool> is_known(const Workspace& workspace, const Connection& connection, const Run& run);
std::int64_t bytes_of(const Run& run);

/// Adds what is new in a location to what is still to be read, and to what stand-ins may be needed for.
Result<void> expect_runs(const Workspace& workspace, const Connection& connection, const ImportRequest& request,
                         const Discovery& discovery);

/// Adds what workers may read of a location to `offered`: new runs with a manifest, in a folder. Reserves the ids of
/// their imports.
Result<void> offer_runs(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                        const DiscoveredLocation& found, std::vector<OfferedRun>& offered);

/// Whether a run would be refused by what is known before it is read: whose prices it holds, what it covers, and
/// whether another connection has it.
Result<void> check_discovered(const Workspace& workspace, const Connection& connection, const BlobStore& store,
                              const Run& run);

}  // namespace apportion
