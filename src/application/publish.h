/// Publishing months: which ones, one after another, and the outcome together with what was taken in before.
///
/// Shared by everything that takes in runs, splits, or changes what months are split by.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/import_runs.h"
#include "application/month_locks.h"
#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "pipeline/publication/publish_months.h"
#include "query/amount_changes.h"
#include "store/control_plane.h"

namespace apportion {

/// Something that went wrong while the rest continued.
struct Problem {
  std::string source;
  Error error;
};

/// What a use case did, collected while it runs.
struct FlowReport {
  struct Imported {
    std::string connection;
    ImportReport report;
  };
  struct Published {
    std::string connection;
    PublishedOutcome outcome;
    bool asked_for = true;  ///< Reported even when nothing changed.
  };
  std::vector<Imported> imports;
  std::vector<Published> months;
  std::vector<Problem> problems;
  std::optional<AmountChanges> changes = {};  ///< What was reviewed before it was published; see Review.
  bool left_alone = false;                    ///< The review said no: nothing was changed.
  std::vector<LockedMonth> locked_when_due;   ///< Locked automatically (month_locks.h).

  /// Counts the skipped runs and rejects of `report` as problems too, except rejects that were accepted.
  void add_import(const std::string& connection, ImportReport report, bool accept_rejects);
  void add_month(const std::string& connection, PublishedOutcome outcome, bool asked_for = true);
};

/// Looks at what a change would do to amounts once it is computed, before anybody sees it. False: nothing is changed.
using Review = std::function<Result<bool>(const AmountChanges&)>;

/// A review for a dry run says no whatever `review` says, which may be empty.
Review reviewed(const Review& review, bool dry_run);

/// A month of a connection to be published.
struct MonthToPublish {
  Connection connection;
  Month month;
  bool asked_for = true;  ///< Notes are reported even when nothing changes, for example because the month is locked.
};

/// The months of the catalog, in scope; locked ones only with `locked_too`. Error:
/// kNoSuchConnection.
Result<std::vector<MonthToPublish>> months_to_publish(const ControlPlane& control_plane,
                                                      const std::optional<std::string>& connection,
                                                      std::optional<Month> month, bool locked_too);

/// Makes the edit, if any, and publishes the months, all in one transaction. What cannot be computed is a problem in
/// `report`, and the others continue; an error when the edit is refused or our own disk or database fails: then nothing
/// was changed. With `keep_accepted`, what is in force and split is split again despite its rejects. A `review` is
/// asked once, with all months, and `report` keeps what it saw.
Result<void> publish_months(WritableWorkspace& writable, const std::vector<MonthToPublish>& months,
                            PublishOptions options, bool keep_accepted, FlowReport& report, Edit edit = {},
                            const Review& review = {});

/// What the months of a publication have now and will have, including what was carried to them.
Result<AmountChanges> planned_changes(Workspace& workspace, const Publication& publication);

/// Adds a note to each month in which a run that was just taken in is not in force, although nothing newer of its
/// dataset is: it covers fewer days, or cost details of the month take precedence.
Result<void> note_runs_not_in_force(const ControlPlane& control_plane, FlowReport& report);

/// Makes an edit of customers, and splits all published, unlocked months again.
Result<void> split_published_months(WritableWorkspace& writable, Edit edit, FlowReport& report,
                                    const Review& review = {});

struct MonthsToSplit {
  std::optional<std::string> connection;
  std::optional<Month> month;
  bool accept_rejects = false;
  bool accept_shrunk = false;
  bool dry_run = false;  ///< The review looks, and nothing is changed whatever it says.
};

/// Splits the matching months again, and publishes them. If files of what is published are damaged, what changes cannot
/// be shown: `blind` is called, and the months are split without a review, except in a dry run. Errors:
/// kNothingToSplit, and those of publishing.
Result<FlowReport> split_months(WritableWorkspace& writable, const MonthsToSplit& request, const Review& review,
                                const std::function<void()>& blind);

/// The error of a decision without a reason.
Error reason_missing_error();

/// Months without a new import are no longer asked for.
void ask_for_imported_only(std::vector<MonthToPublish>& months, const FlowReport& report);

}  // namespace apportion
